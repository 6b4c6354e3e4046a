// Photographs one at a time, before and after, with their captions. Knows nothing of where they come from:
// photos = [{ before, after, thumb, width, height, title, year, photographer, credit, licence, url, text }].

const STAY_MS = 10_000; // a photograph that plays
const GRAY_MS = 1_500; // of these it stays grey ...
const GLIDE_MS = 3_000; // ... and then the colours come in
const IDLE_MS = 60_000; // after this time without a touch, a kiosk plays again
const STILL = "This device asks for less motion, so the show does not start by itself: press Play.";
const BUSY = "input, textarea, select, [contenteditable], [role=slider], [role=tab], [role=radio], [role=option]";

// The place of a photograph in a show without end.
const wrap = (index, length) => ((index % length) + length) % length;

// Where the slider stands after so many milliseconds of playing: grey first; then the colours come in from the right.
function glidePosition(ms) {
  const share = Math.min(1, Math.max(0, (ms - GRAY_MS) / GLIDE_MS));
  return 100 * (1 - share * share * (3 - 2 * share));
}

class Carousel {
  // `start` is the photograph to begin with; `onShow(index)` is called with each that is shown.
  constructor(root, { photos, title, label, kiosk, start = 0, onShow = () => {} }) {
    Object.assign(this, { root, photos, kiosk, onShow, index: -1, ahead: new Map() });
    for (const name of ["view", "words", "origin", "text", "credit", "note", "count", "previous", "next", "play", "full"])
      this[name] = root.querySelector(`.${name}`);
    this.strip = root.querySelector(".filmstrip");
    this.status = root.querySelector(".status");
    this.stage = root.querySelector(".comparison");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.slider = new Slider(this.stage, (step) => this.step(step));
    this.slider.touched = () => this.pause();
    this.words.onpointerdown = this.words.onwheel = () => this.pause(); // somebody reads
    root.classList.toggle("kiosk", kiosk);
    root.setAttribute("aria-label", title);
    root.querySelector(".guess").textContent = label;
    this.playing = kiosk && !this.still.matches;
    this.waiting = kiosk && !this.playing && photos.length > 1 ? STILL : ""; // why it does not play by itself
    this.fillStrip();
    this.listen();
    this.show(start);
  }

  listen() {
    this.previous.onclick = () => this.step(-1);
    this.next.onclick = () => this.step(1);
    this.play.onclick = () => (this.playing ? this.pause() : this.start());
    this.full.hidden = !document.fullscreenEnabled;
    this.full.onclick = () => (this.isFull() ? document.exitFullscreen() : this.root.requestFullscreen());
    this.root.onfullscreenchange = () => (this.full.textContent = this.isFull() ? "Leave full screen" : "Full screen");
    this.onKey = (event) => this.followKey(event);
    this.onTouch = () => this.waitForQuiet();
    window.addEventListener("keydown", this.onKey, true);
    if (this.kiosk) window.addEventListener("pointerdown", this.onTouch, true);
    this.offer();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    clearTimeout(this.quiet);
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("pointerdown", this.onTouch, true);
  }

  isFull() {
    return this.root.getRootNode().fullscreenElement === this.root;
  }

  // === One photograph ===

  step(step) {
    return this.show(wrap(this.index + step, this.photos.length));
  }

  async show(index) {
    if (index === this.index) return;
    this.index = index;
    clearTimeout(this.timer);
    this.place(index);
    let pair = null;
    try {
      pair = await this.load(index);
    } catch {
      if (index === this.index) this.stayWith(this.shown);
    }
    if (this.stopped || index !== this.index) return;
    if (pair) this.unveil(this.photos[index], pair);
    this.playOn();
    this.lookAhead();
  }

  // The connection is lost, or a picture is: the one before stays, and the next has its turn.
  stayWith(index) {
    if (index !== undefined) this.place(index);
    if (!this.playing) this.note.textContent = "The photograph cannot be shown at the moment.";
  }

  // Two pictures ready to be drawn. No more than the one before, this one and the next are ever kept.
  load(index) {
    const both = () => Promise.all(["before", "after"].map((side) => this.fetch(index, side)));
    if (!this.ahead.has(index)) this.ahead.set(index, both());
    const pair = this.ahead.get(index);
    pair.catch(() => this.ahead.delete(index)); // it may be asked for again
    return pair;
  }

  async fetch(index, side) {
    const photo = this.photos[index];
    const image = new Image();
    image.className = side;
    image.draggable = false;
    image.alt = side === "before" ? `${photo.title}, the original` : `${photo.title}, coloured by software`;
    image.src = photo[side];
    await image.decode();
    return image;
  }

  lookAhead() {
    const [before, next] = [-1, 1].map((step) => wrap(this.index + step, this.photos.length));
    for (const index of this.ahead.keys()) if (![before, this.index, next].includes(index)) this.ahead.delete(index);
    this.load(next).catch(() => {});
  }

  unveil(photo, [before, after]) {
    this.stage.querySelector(".before").replaceWith(before);
    this.stage.querySelector(".after").replaceWith(after);
    this.shown = this.index;
    this.onShow(this.index);
    this.slider.name("Original", "Coloured", photo.width, photo.height);
    this.slider.position = 50;
    this.describe(photo);
    this.view.classList.remove("loading");
  }

  describe({ title, year, photographer, credit, licence, url, text }) {
    this.note.textContent = this.waiting;
    this.root.querySelector("h2").textContent = title;
    this.origin.textContent = [year, photographer].filter(Boolean).join(" · ");
    this.text.textContent = text;
    this.credit.textContent = [credit, licence].filter(Boolean).join(". ");
    if (/^https?:/.test(url)) this.credit.append(...(this.credit.textContent ? [". "] : []), this.source(url));
    this.words.scrollTop = 0;
    this.words.tabIndex = this.words.scrollHeight > this.words.clientHeight ? 0 : -1; // so that arrow keys scroll it
    if (!this.playing) this.status.textContent = `Photograph ${this.index + 1} of ${this.photos.length}: ${title}`;
  }

  source(url) {
    const host = new URL(url).host;
    if (this.kiosk) return `Source: ${host}`; // a link would lead visitors of an exhibition away
    return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, `Source: ${host}`);
  }

  // === Playing ===

  start() {
    this.playing = true;
    this.note.textContent = this.waiting = "";
    this.offer();
    this.playOn();
  }

  pause() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
    this.playing = false;
    this.offer();
  }

  offer() {
    this.play.textContent = this.playing ? "Pause" : "Play";
    for (const button of [this.previous, this.next, this.play]) button.hidden = this.photos.length < 2;
  }

  playOn() {
    if (!this.playing) return;
    if (!this.still.matches) this.glide();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.root.isConnected ? this.step(1) : this.stop()), STAY_MS);
  }

  glide() {
    cancelAnimationFrame(this.frame);
    const begin = performance.now();
    const draw = (now) => {
      this.slider.position = glidePosition(now - begin);
      if (now - begin < GRAY_MS + GLIDE_MS) this.frame = requestAnimationFrame(draw);
    };
    this.frame = requestAnimationFrame(draw);
  }

  waitForQuiet() {
    if (!this.root.isConnected) return this.stop();
    clearTimeout(this.quiet);
    if (!this.still.matches) this.quiet = setTimeout(() => this.start(), IDLE_MS);
  }

  // === Keys ===

  followKey(event) {
    if (!this.root.isConnected) return this.stop();
    if (this.kiosk) this.waitForQuiet();
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches?.(BUSY)) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.step(step);
    else if (event.key === " " && this.isLarge() && !target.matches?.("button, a")) this.play.click();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (step && target.parentElement?.parentElement === this.strip) this.thumb().focus();
  }

  isLarge() {
    return this.kiosk || this.isFull();
  }

  // === The filmstrip: one stop for the Tab key, whatever its length ===

  fillStrip() {
    this.strip.hidden = this.photos.length < 2;
    this.strip.replaceChildren(
      ...this.photos.map((photo, index) => {
        const image = element("img", { loading: "lazy", alt: "", draggable: false, src: photo.thumb });
        const button = element("button", { type: "button", tabIndex: -1, onclick: () => this.show(index) }, image);
        button.setAttribute("aria-label", `${index + 1}: ${photo.title}`);
        return element("li", {}, button);
      }),
    );
  }

  thumb(index = this.index) {
    return this.strip.children[index].firstChild;
  }

  place(index) {
    this.count.textContent = `${index + 1} of ${this.photos.length}`;
    const marked = this.strip.querySelector("[aria-current]");
    marked?.removeAttribute("aria-current");
    if (marked) marked.tabIndex = -1;
    const thumb = this.thumb(index);
    thumb.setAttribute("aria-current", "true");
    thumb.tabIndex = 0;
    const left = thumb.offsetLeft - this.strip.offsetLeft - (this.strip.clientWidth - thumb.offsetWidth) / 2;
    this.strip.scrollTo({ left, behavior: this.still.matches ? "auto" : "smooth" });
  }
}
