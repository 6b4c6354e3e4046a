// The slider with pictures that can be enlarged, and moved under the fingers. Places are in pixels of the stage.

const LARGEST = 16; // times the whole picture, or one to one if that is more
const STEP = 1.5;

class ZoomSlider extends Slider {
  constructor(stage) {
    super(stage);
    Object.assign(this, { scale: 1, x: 0, y: 0, full: 1, ratio: 1, note: null, pointers: new Map(), pinch: null, drag: null });
    this.closer = () => {}; // is called when the picture has been enlarged
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => {
      if (!event.target.closest(".tools")) this.toggle(...this.place(event));
    });
    for (const name of ["pointerup", "pointercancel"])
      stage.addEventListener(name, ({ pointerId }) => this.pointers.delete(pointerId));
  }

  place({ clientX, clientY }) {
    const box = this.stage.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  get largest() {
    return Math.max(LARGEST, this.oneToOne);
  }

  // The scale at which a pixel of the photograph is a pixel of the screen.
  get oneToOne() {
    const { clientWidth, clientHeight } = this.stage;
    const shown = Math.min(clientWidth, clientHeight * this.ratio); // in full screen the picture has bars beside it
    return Math.max(1, this.full / devicePixelRatio / shown);
  }

  // Enlarge to this scale; the place (x, y) stays where it is.
  zoom(scale, x = this.stage.clientWidth / 2, y = this.stage.clientHeight / 2) {
    const wanted = Math.min(this.largest, Math.max(1, scale));
    this.x = x - ((x - this.x) * wanted) / this.scale;
    this.y = y - ((y - this.y) * wanted) / this.scale;
    this.scale = wanted;
    this.move(0, 0);
    if (wanted > 1) this.closer(wanted);
  }

  toggle(x, y) {
    this.zoom(this.scale > 1 ? 1 : Math.max(2, this.oneToOne), x, y);
  }

  move(dx, dy) {
    const within = (value, side) => Math.min(0, Math.max(side * (1 - this.scale), value));
    this.x = within(this.x + dx, this.stage.clientWidth);
    this.y = within(this.y + dy, this.stage.clientHeight);
    this.stage.classList.toggle("enlarged", this.scale > 1);
    this.draw();
  }

  draw(position = this.position) {
    super.draw(position);
    if (this.scale === undefined) return;
    const width = this.stage.clientWidth || 1;
    const style = this.stage.style;
    style.setProperty("--zoom", `translate(${this.x}px, ${this.y}px) scale(${this.scale})`);
    style.setProperty("--cut", `${(100 * ((width * position) / 100 - this.x)) / (width * this.scale)}%`);
    style.setProperty("--note", this.note ? this.cutNote(this.note) : "inset(100%)");
  }

  // The part of the stage that the note takes, which reaches so far up and to the right in the picture.
  cutNote([up, along]) {
    const { clientWidth, clientHeight } = this.stage;
    const width = Math.min(clientWidth, clientHeight * this.ratio);
    const height = width / this.ratio;
    const [left, below] = [(clientWidth - width) / 2, (clientHeight - height) / 2];
    return `inset(${clientHeight - below - up * height}px ${clientWidth - left - along * width}px ${below}px ${left}px)`;
  }

  wheel(event) {
    if (!event.ctrlKey && !this.isFull) return; // the wheel scrolls the page
    event.preventDefault();
    this.zoom(this.scale * Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), ...this.place(event));
  }

  get isFull() {
    return this.stage.getRootNode().fullscreenElement === this.stage || this.stage.classList.contains("filled");
  }

  // Phones that give no element the whole screen get the stage over the whole page.
  async fillScreen() {
    if (document.fullscreenElement) await document.exitFullscreen();
    else if (this.stage.requestFullscreen) await this.stage.requestFullscreen();
    else this.stage.classList.toggle("filled");
    this.zoom(1);
  }

  grip(event) {
    if (event.target.closest(".tools")) return;
    this.pointers.set(event.pointerId, this.place(event));
    if (this.pointers.size === 2) return this.beginPinch(event);
    if (this.scale > 1 && Math.abs(this.distance(event)) > HANDLE_PX) {
      this.stage.setPointerCapture(event.pointerId);
      this.range.focus({ preventScroll: true });
      this.drag = this.place(event);
    } else super.grip(event);
  }

  beginPinch(event) {
    this.stage.setPointerCapture(event.pointerId);
    const [[ax, ay], [bx, by]] = this.pointers.values();
    this.drag = null;
    this.pinch = { distance: Math.hypot(ax - bx, ay - by), scale: this.scale };
  }

  follow(event) {
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, this.place(event));
    if (this.pinch) return this.followPinch();
    if (this.drag === null) return super.follow(event);
    const [x, y] = this.place(event);
    this.move(x - this.drag[0], y - this.drag[1]);
    this.drag = [x, y];
  }

  followPinch() {
    if (this.pointers.size < 2) return;
    const [[ax, ay], [bx, by]] = this.pointers.values();
    const wider = Math.hypot(ax - bx, ay - by) / this.pinch.distance;
    this.zoom(this.pinch.scale * wider, (ax + bx) / 2, (ay + by) / 2);
  }

  release(event) {
    if (this.pinch || this.drag) {
      this.pointers.delete(event.pointerId);
      if (this.pointers.size === 0) this.pinch = null;
      this.drag = this.from = null;
    } else super.release(event);
  }

  // Whether a key was meant for us.
  press({ key, ctrlKey }) {
    const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
    if (ctrlKey && way) this.move(...way.map((each) => each * 40));
    else if (ctrlKey) return false;
    else if (key === "+" || key === "=") this.zoom(this.scale * STEP);
    else if (key === "-") this.zoom(this.scale / STEP);
    else if (key === "0") this.zoom(1);
    else if (key === "1") this.zoom(this.oneToOne);
    else if (key === "f") this.fillScreen();
    else return false;
    return true;
  }
}
