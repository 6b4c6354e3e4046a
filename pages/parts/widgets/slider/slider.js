export default function ({ data, parentElement }) {
  const stage = parentElement.querySelector(".comparison");
  for (const side of ["before", "after"]) {
    const picture = stage.querySelector(`.${side}`);
    picture.src = data[side].picture;
    picture.alt = data[side].text;
  }
  new Slider(stage).name(data.before.label, data.after.label, data.width, data.height);
}
