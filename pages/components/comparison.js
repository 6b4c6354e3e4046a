export default function ({ data, parentElement }) {
  const stage = parentElement.querySelector(".comparison");
  const range = stage.querySelector("input");
  const left = stage.querySelector(".left");
  const right = stage.querySelector(".right");

  stage.style.setProperty("--ratio", data.width / data.height);
  stage.style.setProperty("--pixels", data.width);
  for (const side of ["before", "after"]) {
    const picture = stage.querySelector(`.${side}`);
    picture.src = data[side].picture;
    picture.alt = data[side].text;
  }
  left.textContent = data.before.label;
  right.textContent = data.after.label;
  range.setAttribute("aria-label", `${data.before.label} on the left, ${data.after.label} on the right`);

  const show = () => {
    const position = Number(range.value);
    stage.style.setProperty("--position", `${position}%`);
    left.classList.toggle("covered", position < 20);
    right.classList.toggle("covered", position > 80);
    range.setAttribute(
      "aria-valuetext",
      `${data.before.label} ${position} per cent, ${data.after.label} ${100 - position} per cent`,
    );
  };
  const follow = (event) => {
    const box = stage.getBoundingClientRect();
    range.value = (100 * (event.clientX - box.left)) / box.width;
    show();
  };

  range.oninput = show;
  stage.onpointerdown = (event) => {
    if (event.button !== 0) return;
    stage.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true });
    if (event.pointerType !== "touch") follow(event); // a finger may be about to scroll the page
  };
  stage.onpointermove = (event) => {
    if (stage.hasPointerCapture(event.pointerId)) follow(event);
  };
  stage.onpointerup = follow;
  show();
}
