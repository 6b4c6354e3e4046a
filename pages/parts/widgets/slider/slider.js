const WORTH = 1.2; // enlarged so far beyond its pixels, a picture shows less than a larger one would

// The file of a picture in the page, or null where this browser cannot share files.
async function fileOf(address, name) {
  const file = new File([await (await fetch(address)).blob()], name, { type: "image/jpeg" });
  return navigator.canShare?.({ files: [file] }) ? file : null;
}

function mount(parentElement) {
  const stage = parentElement.querySelector(".comparison");
  stage.append(parentElement.querySelector(".tools"));
  const note = stage.querySelector(".after").cloneNode();
  note.className = "note";
  stage.querySelector(".before").after(note);
  stage.slider = new ZoomSlider(stage);
  new ResizeObserver(() => stage.slider.move(0, 0)).observe(stage);
  return stage;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const stage = parentElement.querySelector(".comparison");
  if (!stage.slider) mount(parentElement);
  const slider = stage.slider;
  for (const [side, name] of [["before", "before"], ["after", "after"], ["after", "note"]]) {
    const picture = stage.querySelector(`.${name}`);
    const { picture: address, text } = data[side] ?? data.before;
    if (picture.src !== address) picture.src = address;
    picture.alt = name === "note" ? "" : text;
  }
  stage.querySelector(".note").hidden = !data.note;
  slider.ratio = data.width / data.height;
  slider.full = data.full;
  slider.note = data.note;
  if (stage.text !== data.before.text) slider.zoom(1); // another photograph
  stage.text = data.before.text;
  slider.name(data.before.label, data.after?.label ?? "", data.width, data.height);
  // Until there is something to compare, the picture is seen alone.
  stage.classList.toggle("alone", !data.after);
  slider.range.disabled = !data.after;

  const can = (what) => data.asks.includes(`on_${what}_change`);
  slider.closer = (scale) => {
    const shown = Math.min(stage.clientWidth, stage.clientHeight * slider.ratio) * scale * devicePixelRatio;
    if (can("detail") && data.full > data.width && shown > WORTH * data.width && stage.asked !== data.before.text) {
      stage.asked = data.before.text;
      setTriggerValue("detail", true);
    }
  };
  slider.range.onkeydown = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.shiftKey && step && can("step")) setTriggerValue("step", step);
    else if (!slider.press(event)) return;
    event.preventDefault();
  };
  stage.querySelector(".closer").onclick = () => slider.zoom(slider.scale * STEP);
  stage.querySelector(".farther").onclick = () => slider.zoom(slider.scale / STEP);
  stage.querySelector(".full").onclick = () => slider.fillScreen();

  const share = stage.querySelector(".share");
  share.hidden = true;
  if (navigator.canShare && data.after && data.share)
    fileOf(data.after.picture, data.share).then((file) => {
      share.hidden = !file;
      share.onclick = () => navigator.share({ files: [file] }).catch(() => {}); // closed without sharing
    });
}
