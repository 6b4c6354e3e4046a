// Correct a colour: a picture to touch, the colours to choose from for the place touched, and the list of hints.
// Places are in pixels of the photograph, which is larger than the picture on the screen.

const FINGER_PX = 14; // a touch this near to a hint means the hint; a place next to it must stay free to touch
const TAP_PX = 10; // a finger that moves further scrolls the page, or drags a hint
const PATIENCE_MS = 350; // after the last step of a slider its colour is taken
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const REACHES = { spot: "This spot", object: "This object", alike: "Everything alike" };
const LOUPE = 4; // how many times a view is enlarged

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The pixel of a photograph at a point of the window, given the box of its picture there.
function toPhotograph(point, box, size) {
  const x = Math.floor(((point.x - box.left) * size.width) / box.width);
  const y = Math.floor(((point.y - box.top) * size.height) / box.height);
  return { x: clamp(x, 0, size.width - 1), y: clamp(y, 0, size.height - 1) };
}

// Index of the hint nearest to a place, if one is within a distance in pixels of the photograph; else -1.
function nearest(hints, place, distance) {
  let [found, least] = [-1, distance];
  for (const [index, hint] of hints.entries()) {
    const far = Math.hypot(hint.x - place.x, hint.y - place.y);
    if (far <= least) [found, least] = [index, far];
  }
  return found;
}

// Where an arrow key moves a place: a fiftieth of the photograph's longer side, with Shift a fifth of that.
function moved(place, key, fine, size) {
  const step = Math.max(1, Math.round(Math.max(size.width, size.height) / (fine ? 250 : 50)));
  const [right, down] = ARROWS[key];
  return {
    x: clamp(place.x + right * step, 0, size.width - 1),
    y: clamp(place.y + down * step, 0, size.height - 1),
  };
}

// A place in words.
function whereabouts({ x, y }, { width, height }) {
  return `${Math.round((100 * x) / width)} % from the left, ${Math.round((100 * y) / height)} % from the top`;
}

// Hue and strength of the colour of a palette that is nearest to a and b, as indexes.
function nearestColor(palette, a, b) {
  const count = palette.colors.length;
  const hue = Math.round((Math.atan2(b, a) * count) / (2 * Math.PI) + count) % count;
  const steps = palette.colors[hue].length - 1;
  const most = Math.hypot(...palette.ab[hue]);
  return { hue, strength: most ? clamp(Math.round((Math.hypot(a, b) * steps) / most), 0, steps) : 0 };
}

// Index of the first of some colours that looks like a hint's, or -1. "As it is" comes last: once a colour has been
// chosen, the place has it, too.
function alikeColor(colors, hint) {
  return colors.findIndex(({ a, b }) => Math.hypot(hint.a - a, hint.b - b) < 0.5);
}

// The colour of a palette at a hue and a strength.
function colorAt(palette, hue, strength) {
  const share = strength / (palette.colors[hue].length - 1);
  const [a, b] = palette.ab[hue].map((value) => value * share);
  return { a, b, hex: palette.colors[hue][strength], name: palette.names[hue][strength] };
}

// A list with an element put at an index: in place of the one there, or at the end.
const placed = (list, index, item) => [...list.slice(0, index), item, ...list.slice(index + 1)];

// What the Python side is told of a hint.
const essence = ({ x, y, a, b, reach, radius }) => ({ x, y, a, b, reach, radius });

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

class HintCanvas {
  constructor(root) {
    Object.assign(this, { root, at: null, chosen: false, index: -1, reach: "object", share: 0.04 });
    Object.assign(this, { queue: [], number: 0, picking: false, drag: null, image: null, toFocus: false, drawn: {} });
    for (const name of ["work", "frame", "stage", "told", "refusal", "invitation", "place", "loupe", "now", "swatches", "radius"])
      this[name] = root.querySelector(`.${name}`);
    for (const name of ["undo", "redo", "remove", "leave", "pipette", "list", "hue", "strength", "clear", "unit"])
      this[name] = root.querySelector(`.${name}`);
    this.add = root.querySelector(".add");
    this.radiusRange = this.radius.querySelector("input");
    this.listen();
  }

  listen() {
    const { stage } = this;
    stage.onpointerdown = (event) => this.press(event);
    stage.onpointermove = (event) => this.pull(event);
    stage.onpointerup = (event) => this.release(event);
    stage.onpointercancel = () => this.letGo();
    // A finger on a hint drags it, and does not scroll the page.
    const hold = (event) => {
      if (this.drag?.index >= 0 && event.cancelable) event.preventDefault();
    };
    stage.addEventListener("touchstart", hold, { passive: false });
    stage.addEventListener("touchmove", hold, { passive: false });
    stage.onkeydown = (event) => this.steer(event);
    this.root.onkeydown = (event) => this.followKey(event);
    this.undo.onclick = () => this.turn(this.undo, "undo", "Undone.");
    this.redo.onclick = () => this.turn(this.redo, "redo", "Done again.");
    this.remove.onclick = () => this.removeHint(this.index);
    this.leave.onclick = () => this.deselect();
    this.pipette.onclick = () => this.pick(!this.picking);
    this.clear.onclick = () => this.removeAll();
    for (const radio of this.root.querySelectorAll(".reach input")) radio.onchange = () => this.extend(radio.value);
    this.radiusRange.oninput = () => this.resize();
    this.hue.oninput = () => this.mix(true);
    this.strength.oninput = () => this.mix();
    this.add.onsubmit = (event) => {
      event.preventDefault();
      this.choose({ x: Number(this.add.x.value), y: Number(this.add.y.value) }, true);
    };
    new ResizeObserver(() => this.draw()).observe(stage);
  }

  // === What the Python side says ===

  update(data, report) {
    Object.assign(this, { data, report });
    this.number = Math.max(this.number, data.done);
    this.queue = this.queue.filter((action) => action.n > data.done);
    // While something is on its way, the list stays as the visitor has made it.
    if (!this.queue.length || !this.hints) this.hints = data.hints;
    this.root.setAttribute("aria-busy", String(this.queue.length > 0));
    if (this.picture !== data.picture) this.load(data.picture);
    this.stage.style.setProperty("--ratio", data.width / data.height);
    if (!this.queue.length) this.settle();
    this.show();
  }

  // All is done: what is chosen is what the Python side has.
  settle() {
    if (this.refusal.textContent !== this.data.refusal) this.refusal.textContent = this.data.refusal;
    if (this.chosen) this.index = nearest(this.hints, this.at, 0);
    if (this.words) this.say(this.words);
    this.words = "";
  }

  load(picture) {
    this.picture = picture;
    const image = new Image();
    image.onload = () => {
      if (picture !== this.picture) return;
      this.image = image;
      this.stage.style.setProperty("--pixels", image.naturalWidth);
      this.draw();
    };
    image.src = picture;
  }

  // === What the Python side is told ===

  send(kind, rest = {}, words = "") {
    this.number += 1;
    this.queue.push({ n: this.number, kind, ...rest });
    this.words = words;
    this.root.setAttribute("aria-busy", "true");
    this.report.setStateValue("actions", [...this.queue]);
  }

  // === The place ===

  // Take a place: a hint that is there already, or one for a new hint.
  choose(place, byKey = false) {
    const { data } = this;
    place = { x: clamp(Math.round(place.x), 0, data.width - 1), y: clamp(Math.round(place.y), 0, data.height - 1) };
    const index = nearest(this.hints, place, byKey ? 0 : this.pixels(FINGER_PX));
    if (index >= 0) return this.select(index, byKey);
    Object.assign(this, { at: place, chosen: true, index: -1, reach: "object", toFocus: byKey });
    this.send("touch", place);
    this.say("");
    this.show();
    if (!byKey) this.bringIntoSight();
  }

  // The picture and the colours to choose from are on the screen together.
  bringIntoSight() {
    const [frame, swatches] = [this.frame, this.swatches].map((part) => part.getBoundingClientRect());
    const inSight = frame.top >= 0 && swatches.top >= frame.bottom && swatches.bottom <= window.innerHeight;
    if (!inSight) this.work.scrollIntoView({ block: "start" });
  }

  select(index, byKey = false) {
    const { x, y, reach, radius } = this.hints[index];
    Object.assign(this, { at: { x, y }, chosen: true, index, reach, toFocus: byKey });
    if (radius) this.share = radius / this.longest;
    this.send("touch", this.at);
    this.show();
    if (!byKey) this.bringIntoSight();
  }

  deselect() {
    Object.assign(this, { chosen: false, index: -1 });
    this.pick(false);
    this.show();
    this.stage.focus({ preventScroll: true });
  }

  setHint(color) {
    if (!this.chosen) return;
    const words = `Now ${color.name}, ${REACHES[this.reach].toLowerCase()}.`;
    const index = this.index < 0 ? this.hints.length : this.index;
    const hint = { ...this.at, a: color.a, b: color.b, hex: color.hex, name: color.name, ...this.extent() };
    this.hints = placed(this.hints, index, hint); // shown at once; the picture follows
    this.index = index;
    this.send("set", { index, ...essence(hint) }, words);
    this.show();
  }

  extent() {
    return { reach: this.reach, radius: this.reach === "spot" ? Math.round(this.share * this.longest) : null };
  }

  extend(reach) {
    this.reach = reach;
    if (this.index >= 0) this.setHint(this.hints[this.index]);
    this.show();
  }

  resize() {
    this.share = Number(this.radiusRange.value) / 100;
    this.draw();
    this.later(() => this.index >= 0 && this.setHint(this.hints[this.index]));
  }

  mix(hued = false) {
    // Grey has no hue: who moves this slider wants a colour.
    if (hued && Number(this.strength.value) === 0) this.strength.value = Math.ceil(this.strength.max / 2);
    const color = colorAt(this.data.offer.palette, Number(this.hue.value), Number(this.strength.value));
    this.paintMixer();
    this.later(() => this.setHint(color));
  }

  later(act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, PATIENCE_MS);
  }

  removeHint(index) {
    if (index < 0) return;
    this.hints = this.hints.filter((_, other) => other !== index);
    this.send("remove", { index }, `Removed. ${this.count()}`);
    if (this.chosen) this.deselect();
    else this.show();
  }

  removeAll() {
    if (!this.hints.length) return;
    this.hints = [];
    this.send("clear", {}, "All removed. Undo brings them back.");
    if (this.chosen) this.deselect();
    else this.show();
  }

  moveHint(index, place) {
    const hint = { ...this.hints[index], ...place };
    this.hints = placed(this.hints, index, hint);
    Object.assign(this, { at: place, chosen: true, index, reach: hint.reach });
    this.send("set", { index, ...essence(hint) }, `Moved: ${whereabouts(place, this.data)}.`);
    this.show();
  }

  turn(button, kind, words) {
    if (button.getAttribute("aria-disabled") === "true") return;
    this.send(kind, {}, words);
  }

  pick(on) {
    this.picking = on && this.chosen;
    this.pipette.setAttribute("aria-pressed", String(this.picking));
    if (this.picking) this.say("Now touch the place that has the right colour.");
  }

  takeFrom(place) {
    const index = this.index < 0 ? this.hints.length : this.index;
    this.pick(false);
    this.index = index;
    const from = { from_x: place.x, from_y: place.y };
    this.send("pick", { index, ...this.at, ...from, ...this.extent() }, "The colour is taken.");
  }

  // === Pointer and keyboard ===

  get longest() {
    return Math.max(this.data.width, this.data.height);
  }

  // Pixels of the photograph in so many of the screen.
  pixels(screen) {
    return (screen * this.data.width) / this.stage.getBoundingClientRect().width;
  }

  placeOf(event) {
    return toPhotograph({ x: event.clientX, y: event.clientY }, this.stage.getBoundingClientRect(), this.data);
  }

  press(event) {
    if (event.button !== 0) return;
    const index = this.picking ? -1 : nearest(this.hints, this.placeOf(event), this.pixels(FINGER_PX));
    this.drag = { index, x: event.clientX, y: event.clientY, far: false, to: null };
    if (index >= 0) this.stage.setPointerCapture(event.pointerId);
  }

  pull(event) {
    const { drag } = this;
    if (!drag) return;
    drag.far ||= Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > TAP_PX;
    if (!drag.far || drag.index < 0) return;
    drag.to = this.placeOf(event);
    this.draw();
  }

  release(event) {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.to) this.moveHint(drag.index, drag.to);
    else if (this.picking && !drag.far) this.takeFrom(this.placeOf(event));
    else if (!drag.far) this.choose(this.placeOf(event));
  }

  letGo() {
    this.drag = null;
    this.draw();
  }

  steer(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.data;
    if (event.key in ARROWS) {
      const from = this.aim ?? this.at ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
      this.aim = moved(from, event.key, event.shiftKey, this.data);
      this.say(whereabouts(this.aim, this.data));
      this.draw();
    } else if (event.key === "Enter" || event.key === " ") {
      const place = this.aim ?? this.at ?? { x: Math.floor(width / 2), y: Math.floor(height / 2) };
      this.aim = null;
      if (this.picking) this.takeFrom(place);
      else this.choose(place, true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  followKey(event) {
    const typing = event.target.matches("input:not([type=range], [type=radio]), select");
    if (event.key === "Escape" && this.chosen) this.deselect();
    else if (event.key === "Delete" && !typing) this.removeHint(this.index);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !typing) {
      const button = event.shiftKey ? this.redo : this.undo;
      button.click();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // === The screen ===

  say(words) {
    this.told.textContent = words;
  }

  count() {
    const { length } = this.hints;
    return length === 1 ? "1 hint." : `${length} hints.`;
  }

  show() {
    const { data } = this;
    this.stage.setAttribute("aria-label", `${data.text}. Arrow keys move a cross, Enter chooses the place.`);
    this.undo.setAttribute("aria-disabled", String(!data.can_undo));
    this.redo.setAttribute("aria-disabled", String(!data.can_redo));
    this.invitation.hidden = this.chosen || this.hints.length > 0;
    this.place.hidden = !this.chosen;
    this.remove.hidden = this.index < 0;
    this.showReach();
    this.showOffer();
    this.showList();
    this.draw();
  }

  showReach() {
    for (const radio of this.root.querySelectorAll(".reach input")) radio.checked = radio.value === this.reach;
    this.radius.hidden = this.reach !== "spot";
    if (this.root.getRootNode().activeElement !== this.radiusRange) this.radiusRange.value = 100 * this.share;
    this.radiusRange.setAttribute("aria-valuetext", `${this.radiusRange.value} % of the longer side`);
  }

  showOffer() {
    if (!this.chosen) return;
    const offer = this.data.offer;
    const here = offer && offer.x === this.at.x && offer.y === this.at.y ? offer : null;
    this.now.textContent = here ? `Now: ${here.now}` : "";
    if (!here) {
      if (!this.queue.some(({ kind }) => kind === "set")) this.swatches.replaceChildren();
      return;
    }
    if (!same(this.drawn.swatches, here.swatches) || !this.swatches.childElementCount) {
      this.drawn.swatches = here.swatches;
      this.swatches.replaceChildren(...here.swatches.map((color) => this.swatch(color)));
    }
    const hint = this.hints[this.index];
    const taken = hint ? alikeColor(here.swatches, hint) : -1;
    for (const [place, button] of [...this.swatches.children].entries())
      button.setAttribute("aria-pressed", String(place === taken));
    this.showMixer(here, hint);
    if (this.toFocus) this.swatches.firstElementChild?.focus({ preventScroll: true });
    this.toFocus = false;
  }

  swatch(color) {
    const face = element("span", { className: "color" });
    face.style.background = color.hex;
    const button = element("button", { type: "button" }, face, color.name);
    button.onclick = () => this.setHint(color);
    return button;
  }

  showMixer({ palette, swatches }, hint) {
    const focused = this.root.getRootNode().activeElement;
    this.hue.max = palette.colors.length - 1;
    this.strength.max = palette.colors[0].length - 1;
    if (focused !== this.hue && focused !== this.strength) {
      const { a, b } = hint ?? swatches[0];
      const nearby = nearestColor(palette, a, b);
      this.hue.value = nearby.hue;
      this.strength.value = nearby.strength;
    }
    this.paintMixer();
  }

  paintMixer() {
    const { palette } = this.data.offer;
    const [hue, strength] = [Number(this.hue.value), Number(this.strength.value)];
    const vivid = Math.max(strength, Math.ceil(palette.colors[0].length / 2));
    this.hue.style.setProperty("--colors", palette.colors.map((row) => row[vivid]).join());
    this.strength.style.setProperty("--colors", palette.colors[hue].join());
    const color = colorAt(palette, hue, strength);
    this.hue.setAttribute("aria-valuetext", palette.names[hue][vivid]);
    this.strength.setAttribute("aria-valuetext", color.name);
  }

  showList() {
    const { width, height } = this.data;
    this.list.querySelector("summary").textContent = `Your hints (${this.hints.length})`;
    this.unit.textContent = `Places are counted in pixels; the photograph has ${width} × ${height}.`;
    [this.add.x.max, this.add.y.max] = [width - 1, height - 1];
    this.clear.hidden = !this.hints.length;
    if (same(this.drawn.hints, this.hints)) return;
    this.drawn.hints = this.hints;
    const focused = this.root.getRootNode().activeElement?.dataset.control;
    this.list.querySelector("tbody").replaceChildren(...this.hints.map((hint, index) => this.row(hint, index)));
    if (focused) this.list.querySelector(`[data-control="${focused}"]`)?.focus({ preventScroll: true });
  }

  row(hint, index) {
    const chip = element("span", { className: "chip" });
    chip.style.background = hint.hex;
    const change = element("button", { type: "button", onclick: () => this.select(index, true) }, chip, hint.name);
    const reach = element("select", {}, ...Object.keys(REACHES).map((value) => new Option(REACHES[value], value)));
    reach.value = hint.reach;
    reach.onchange = () => {
      this.at = { x: hint.x, y: hint.y };
      Object.assign(this, { chosen: true, index, reach: reach.value });
      this.setHint(hint);
    };
    const place = (name, max) => {
      const input = element("input", { type: "number", min: 0, max, step: "any", value: hint[name] });
      input.onchange = () => {
        if (input.checkValidity()) this.moveHint(index, { x: hint.x, y: hint.y, [name]: Number(input.value) });
        else input.reportValidity();
      };
      return input;
    };
    const [x, y] = [place("x", this.data.width - 1), place("y", this.data.height - 1)];
    const out = element("button", { type: "button", className: "out", onclick: () => this.removeHint(index) }, "Remove");
    const controls = { [`change colour ${hint.name}`]: change, reach, "from the left": x, "from the top": y, remove: out };
    for (const [name, control] of Object.entries(controls)) {
      control.setAttribute("aria-label", `Hint ${index + 1}, ${name}`);
      control.dataset.control = `${index} ${name.split(" ")[0]} ${control === y}`;
    }
    const cells = [change, reach, x, y, out].map((control) => element("td", {}, control));
    [cells[2].dataset.name, cells[3].dataset.name] = ["x", "y"]; // where there is no room for the table's head
    for (const cell of cells) cell.setAttribute("role", "cell"); // laid out as a grid, a table's row is none otherwise
    const row = element("tr", {}, ...cells);
    row.setAttribute("role", "row");
    return row;
  }

  draw() {
    const { image, stage, data } = this;
    if (!image || !data) return;
    const [width, height] = [image.naturalWidth, image.naturalHeight];
    if (stage.width !== width || stage.height !== height) Object.assign(stage, { width, height });
    const pen = stage.getContext("2d");
    pen.drawImage(image, 0, 0);
    const scale = width / (stage.getBoundingClientRect().width || width);
    const point = ({ x, y }) => [((x + 0.5) * width) / data.width, ((y + 0.5) * height) / data.height];
    for (const [index, hint] of this.hints.entries()) {
      const to = this.drag?.index === index ? this.drag.to : null;
      this.drawHint(pen, point(to ?? hint), scale, hint.hex, index === this.index && this.chosen);
    }
    if (this.chosen && this.reach === "spot") {
      const radius = (this.share * this.longest * width) / data.width;
      this.stroke(pen, scale, (path) => path.arc(...point(this.at), radius, 0, 7));
    }
    if (this.chosen && this.index < 0) this.drawCross(pen, point(this.at), scale);
    if (this.aim) this.drawCross(pen, point(this.aim), scale);
    if (this.chosen) this.drawLoupe(image, point(this.at), scale);
  }

  drawHint(pen, [x, y], scale, color, selected) {
    const circle = new Path2D();
    circle.arc(x, y, (selected ? 10 : 7) * scale, 0, 7);
    pen.fillStyle = color;
    pen.fill(circle);
    this.stroke(pen, scale, (path) => path.addPath(circle));
  }

  drawCross(pen, [x, y], scale) {
    this.stroke(pen, scale, (path) => {
      for (const [right, down] of Object.values(ARROWS)) {
        path.moveTo(x + 4 * scale * right, y + 4 * scale * down);
        path.lineTo(x + 16 * scale * right, y + 16 * scale * down);
      }
    });
  }

  // A white line in a dark one, to be seen on any picture.
  stroke(pen, scale, add) {
    const path = new Path2D();
    add(path);
    for (const [color, width] of [["#14120f", 4], ["#fff", 2]]) {
      Object.assign(pen, { strokeStyle: color, lineWidth: width * scale, lineCap: "round" });
      pen.stroke(path);
    }
  }

  drawLoupe(image, [x, y], scale) {
    const pen = this.loupe.getContext("2d");
    const { width } = this.loupe;
    const side = (64 * scale) / LOUPE;
    pen.clearRect(0, 0, width, width);
    pen.drawImage(image, x - side / 2, y - side / 2, side, side, 0, 0, width, width);
    this.drawCross(pen, [width / 2, width / 2], 2);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".hints");
  root.canvas ??= new HintCanvas(root);
  root.canvas.update(data, { setStateValue });
}
