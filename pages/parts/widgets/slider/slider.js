export default function ({ data, parentElement }) {
  const stage = parentElement.querySelector(".comparison");
  for (const side of ["before", "after"]) {
    const picture = stage.querySelector(`.${side}`);
    const { picture: address, text } = data[side] ?? data.before;
    if (picture.src !== address) picture.src = address;
    picture.alt = text;
  }
  stage.slider ??= new Slider(stage);
  stage.slider.name(data.before.label, data.after?.label ?? "", data.width, data.height);
  // Until there is something to compare, the picture is seen alone.
  stage.classList.toggle("alone", !data.after);
  stage.querySelector("input").disabled = !data.after;
}
