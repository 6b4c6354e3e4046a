// A page with one photograph before and after: its two pictures become a slider.

const pictures = [...document.querySelectorAll("#pictures img")];
const stage = document.querySelector(".comparison");
["before", "after"].forEach((side, index) => {
  const picture = stage.querySelector(`.${side}`);
  picture.src = pictures[index].src;
  picture.alt = pictures[index].alt;
});
const [width, height] = ["width", "height"].map((name) => Number(pictures[0].getAttribute(name)));
new Slider(stage).name("Before", "After", width, height);
document.querySelector("#show").hidden = false;
document.querySelector("#pictures").remove();
