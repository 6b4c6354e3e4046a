// A photograph before and after, one above the other, with a handle between them.

const HANDLE_PX = 44; // a finger this near to the divider means the divider
const SWIPE_PX = 48;
const TAP_PX = 12;

// Where a pointer is over the picture, in per cent of its width.
const pointerPosition = (x, { left, width }) => (100 * (x - left)) / width;

// What a finger that was drawn so many pixels to the right wants: the next photograph (1), the one before (-1), neither.
const swipeStep = (pixels) => (Math.abs(pixels) < SWIPE_PX ? 0 : pixels < 0 ? 1 : -1);

class Slider {
  // `swipe(step)` is called when a finger is drawn across the picture, away from the handle; null: fingers only slide.
  constructor(stage, swipe = null) {
    Object.assign(this, { stage, swipe, words: ["", ""], from: null, touched: () => {} });
    [this.range, this.left, this.right] = ["input", ".left", ".right"].map((name) => stage.querySelector(name));
    this.range.oninput = () => {
      this.touched();
      this.draw();
    };
    stage.onpointerdown = (event) => this.grip(event);
    stage.onpointermove = (event) => {
      if (stage.hasPointerCapture(event.pointerId) && this.from === null) this.follow(event);
    };
    stage.onpointerup = (event) => this.release(event);
  }

  get position() {
    return Number(this.range.value);
  }

  set position(value) {
    this.range.value = value;
    this.draw(Math.min(100, Math.max(0, value)));
  }

  // The two pictures are of one size, `width` x `height` in pixels.
  name(before, after, width, height) {
    this.words = [before, after];
    this.stage.style.setProperty("--ratio", width / height);
    this.stage.style.setProperty("--pixels", width);
    this.left.textContent = before;
    this.right.textContent = after;
    this.range.setAttribute("aria-label", `${before} on the left, ${after} on the right`);
    this.draw();
  }

  draw(position = this.position) {
    const [before, after] = this.words;
    this.stage.style.setProperty("--position", `${position}%`);
    this.left.classList.toggle("covered", position < 20);
    this.right.classList.toggle("covered", position > 80);
    this.range.setAttribute(
      "aria-valuetext",
      `${before} ${Math.round(position)} per cent, ${after} ${Math.round(100 - position)} per cent`,
    );
  }

  grip(event) {
    if (event.button !== 0) return;
    this.touched();
    this.stage.setPointerCapture(event.pointerId);
    this.range.focus({ preventScroll: true });
    const touch = event.pointerType === "touch";
    this.from = touch && this.swipe && Math.abs(this.distance(event)) > HANDLE_PX ? event.clientX : null;
    if (!touch) this.follow(event); // a finger may be about to scroll the page
  }

  release(event) {
    const way = event.clientX - this.from;
    if (this.from === null || Math.abs(way) < TAP_PX) this.follow(event);
    else if (swipeStep(way)) this.swipe(swipeStep(way));
    this.from = null;
  }

  follow(event) {
    this.position = pointerPosition(event.clientX, this.stage.getBoundingClientRect());
  }

  distance(event) {
    const box = this.stage.getBoundingClientRect();
    return event.clientX - box.left - (box.width * this.position) / 100;
  }
}
