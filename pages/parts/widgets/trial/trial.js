// One participant's trials: shows pictures, measures answers, and hands each to the server before the next is shown.
// The server says only trial numbers, never what a picture is; `true` is "real", or in pairs "the left one is real".

const GUARD_MS = 300; // nobody judges a picture faster; the second half of a double click comes within this time
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
const HALF_FRAME_MS = 8; // of a screen with 60 frames a second
const PATIENCE_MS = 60000; // for one request: a picture over a very slow line

// Messages are keys of the catalogues in `study/languages`; `mark` says so where a text is translated elsewhere.
const mark = (message) => message;

const QUESTIONS = {
  single: mark("Are these colours real or recoloured?"),
  pairs: mark("Which of the two has its real colours?"),
  grid: mark("Tick the photographs that you believe were recoloured."),
};

const SIDES = {
  left: { name: mark("Left"), picture: mark("Left photograph"), real: mark("The left one is real.") },
  right: { name: mark("Right"), picture: mark("Right photograph"), real: mark("The right one is real.") },
  upper: { name: mark("Upper"), picture: mark("Upper photograph"), real: mark("The upper one is real.") },
  lower: { name: mark("Lower"), picture: mark("Lower photograph"), real: mark("The lower one is real.") },
};

const KEYS = {
  single: { r: true, f: false },
  pairs: { arrowleft: true, arrowup: true, arrowright: false, arrowdown: false },
};

class Stopped extends Error {}

// How long to wait before the next try, after a wait in vain.
const longerWait = (ms) => Math.min(2 * ms, LONGEST_WAIT_MS);

// What a key means in a layout: `true` or `false` as an answer; undefined: nothing.
const keyChoice = (layout, key) => KEYS[layout]?.[key.toLowerCase()];

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

function device() {
  if (!matchMedia("(pointer: coarse)").matches) return "desktop";
  return Math.min(screen.width, screen.height) < 600 ? "phone" : "tablet";
}

// Noise of coloured blocks, as large as the picture: what was seen last is not the picture any more.
function mask(image) {
  const canvas = element("canvas", { width: image.naturalWidth, height: image.naturalHeight, className: "mask" });
  canvas.setAttribute("aria-hidden", "true");
  canvas.style.cssText = image.style.cssText;
  const pen = canvas.getContext("2d");
  const side = Math.max(Math.round(image.naturalWidth / 48), 2);
  for (let y = 0; y < canvas.height; y += side)
    for (let x = 0; x < canvas.width; x += side) {
      const [red, green, blue] = [0, 0, 0].map(() => Math.floor(256 * Math.random()));
      pen.fillStyle = `rgb(${red} ${green} ${blue})`;
      pen.fillRect(x, y, side, side);
    }
  return canvas;
}

class Session {
  constructor(root, data, report) {
    Object.assign(this, { root, data, report, code: data.code, pictures: new Map() });
    for (const name of ["h1", "count", "progress", "question", "stage", "note", "answers"])
      this[name] = root.querySelector(name === "h1" || name === "progress" ? name : `.${name}`);
    this.h1.textContent = data.title;
    this.question.textContent = this.t("Getting the first picture.");
    root.lang = data.language;
    root.dir = data.direction;
    root.classList.add(data.layout);
    this.onKey = (event) => this.followKey(event);
    this.onResize = () => this.fit();
    window.addEventListener("keydown", this.onKey, true); // before Streamlit, to which R means "run again"
    window.addEventListener("resize", this.onResize);
  }

  // A message in the language of the page, with the words in braces filled in.
  t(message, values = {}) {
    const words = this.data.words[message] ?? message;
    return words.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  }

  stop() {
    this.stopped = true;
    this.timed = null;
    window.removeEventListener("keydown", this.onKey, true);
    window.removeEventListener("resize", this.onResize);
    for (const picture of this.pictures.values()) picture.then((image) => URL.revokeObjectURL(image.src), () => {});
  }

  serves({ study, code, language }) {
    const same = this.data.study === study && this.data.language === language;
    return !this.stopped && same && [this.code, this.data.code].includes(code);
  }

  async run() {
    try {
      const { invitation, external_id, consent_version } = this.data;
      let reply = await this.post("begin", { device: device(), invitation, external_id, consent_version });
      if (reply.refused) {
        this.report.setTriggerValue("refused", true); // the page says it, with the way back to who sent the participant
        return;
      }
      this.code = reply.code;
      this.report.setStateValue("code", reply.code);
      while (reply.page) reply = await this.ask(reply);
      this.finish();
    } catch (error) {
      if (error instanceof Stopped) return;
      this.say(this.t("Something went wrong on our side. Please reload the page; your answers so far are kept."));
      throw error;
    }
  }

  finish() {
    this.count.textContent = this.t("All answered.");
    this.progress.value = 1;
    this.question.textContent = this.t("Thank you. Your result is coming.");
    this.stage.replaceChildren();
    this.answers.replaceChildren();
    this.report.setTriggerValue("finished", true);
  }

  // === One page: a picture, a pair or a grid ===

  async ask({ page, ahead }) {
    await this.show(page);
    if (ahead.length) this.load(ahead, true).catch(() => {});
    const { choices, response_ms, shown_ms } = await this.answer(page);
    await pause(page.least_ms - response_ms); // the server takes no answer sooner
    const reply = await this.post("answer", { choices, response_ms, shown_ms });
    if (Object.keys(reply.feedback).length) await this.teach(page, choices, reply);
    this.forget(page.trials);
    return reply;
  }

  async show(page) {
    this.stage.classList.add("loading");
    const images = await this.load(page.trials, false);
    this.stage.classList.remove("covered");
    this.count.textContent = this.place(page);
    this.progress.value = (page.number - 1) / page.total;
    this.question.textContent = this.t(QUESTIONS[this.data.layout]);
    this.offer(page, images);
    this.stage.replaceChildren(...images.map((image, place) => this.frame(image, page, place)));
    if (this.exposure(page)) for (const image of images) image.after(mask(image)); // not seen before its time
    this.fit();
    this.bringIntoView();
    this.stage.classList.remove("loading");
    await nextFrame(); // it is in the next frame ...
    await nextFrame(); // ... which is on the screen when the one after is begun
  }

  place({ trials, practice, number, total }) {
    if (trials.length > 1) return practice ? this.t("Practice") : this.t("{n} pictures", { n: trials.length });
    if (practice) return this.t("Practice {number} of {total}", { number, total });
    return this.t("Picture {number} of {total}", { number, total });
  }

  frame(image, page, place) {
    const number = page.number + place;
    image.alt = this.describe(image, number, place);
    image.draggable = false;
    image.style.setProperty("--ratio", image.naturalWidth / image.naturalHeight);
    image.style.setProperty("--pixels", image.naturalWidth);
    if (this.data.layout !== "grid") return image;
    const box = element("input", { type: "checkbox", value: page.trials[place] });
    box.setAttribute("aria-label", this.t("Photograph {number} was recoloured", { number }));
    return element("label", {}, image, box);
  }

  describe(image, number, place) {
    if (this.data.layout === "pairs") return this.t(this.sides(image)[place].picture);
    return this.data.layout === "grid" ? this.t("Photograph {number}", { number }) : this.t("The photograph to judge");
  }

  offer(page, images) {
    const [first, second] = this.sides(images[0]);
    const buttons = {
      single: [this.button(this.t("Real"), "R", true), this.button(this.t("Recoloured"), "F", false)],
      pairs: [this.button(this.t(first.name), "←", true), this.button(this.t(second.name), "→", false)],
      grid: [this.button(this.t("Done"), "", true)],
    };
    const labels = (all) => [...all].map((button) => button.textContent).join();
    const same = labels(this.answers.children) === labels(buttons[this.data.layout]);
    if (!same) this.answers.replaceChildren(...buttons[this.data.layout]); // the same ones keep the keyboard's focus
    for (const button of this.answers.children) button.classList.remove("chosen");
    this.root.classList.toggle("stacked", this.stacked(images[0]));
  }

  button(words, key, choice) {
    const made = element("button", { type: "button", onclick: () => this.choose?.(choice) }, words);
    if (key) {
      const hint = element("kbd", { textContent: key });
      hint.setAttribute("aria-hidden", "true"); // `aria-keyshortcuts` says it
      made.append(hint);
      made.setAttribute("aria-keyshortcuts", { "←": "ArrowLeft", "→": "ArrowRight" }[key] ?? key);
    }
    made.dataset.choice = choice;
    return made;
  }

  sides(image) {
    return this.stacked(image) ? [SIDES.upper, SIDES.lower] : [SIDES.left, SIDES.right];
  }

  // Wide pictures stand one above the other on an upright phone: side by side they would be stamps.
  stacked(image) {
    const upright = this.root.clientWidth < 600 && window.innerHeight > window.innerWidth;
    return this.data.layout === "pairs" && upright && image.naturalWidth >= image.naturalHeight;
  }

  answer(page) {
    const painted = performance.now();
    const timed = this.exposure(page) ? this.time(painted, this.exposure(page)) : null;
    this.timed = timed;
    return new Promise((resolve) => {
      this.choose = (choice) => {
        const now = performance.now();
        if (now - painted < GUARD_MS) return;
        this.choose = null;
        this.timed = null;
        this.say("");
        for (const button of this.answers.children)
          button.classList.toggle("chosen", button.dataset.choice === String(choice));
        const response_ms = Math.round(now - painted);
        resolve({ choices: this.read(page, choice), response_ms, shown_ms: timed && (timed.shown_ms ?? response_ms) });
      };
    });
  }

  read(page, choice) {
    if (this.data.layout !== "grid") return { [page.trials[0]]: choice };
    const boxes = [...this.stage.querySelectorAll("input")];
    return Object.fromEntries(boxes.map((box) => [box.value, !box.checked]));
  }

  exposure(page) {
    return page.exposure_ms ?? this.data.limit;
  }

  // Puts the mask up in the frame that comes nearest to the exposure, and notes when that was.
  time(painted, exposure) {
    const timed = { shown_ms: null };
    const frame = (now) => {
      if (this.timed !== timed) return; // answered before
      const passed = now - painted;
      if (passed < exposure - HALF_FRAME_MS) return requestAnimationFrame(frame);
      timed.shown_ms = Math.max(Math.round(passed), 0);
      this.hide();
    };
    requestAnimationFrame(frame);
    return timed;
  }

  hide() {
    this.stage.classList.add("covered");
    this.say(this.t("Time is up. What is your answer?"));
  }

  // === Practice: the only answers that are told right or wrong ===

  async teach(page, choices, reply) {
    const { feedback } = reply;
    const right = Object.keys(feedback).filter((trial) => feedback[trial] === choices[trial]).length;
    const total = Object.keys(feedback).length;
    this.stage.classList.remove("covered");
    if (this.data.layout === "grid") {
      this.label(feedback);
      this.say(this.t("You were right about {right} of {total}.", { right, total }));
    } else {
      const verdict = right ? this.t("Right.") : this.t("No.");
      this.say(`${verdict} ${this.truth(feedback[page.trials[0]])}`);
    }
    const last = reply.page && !reply.page.practice;
    const over = this.t("Practice is over: from now on your answers count, and you are not told.");
    if (last) this.note.append(` ${over}`);
    await new Promise((resolve) => {
      const next = element("button", { type: "button", onclick: resolve }, last ? this.t("Begin") : this.t("Next"));
      this.answers.replaceChildren(next);
      this.fit();
      next.focus({ preventScroll: true });
    });
    this.say("");
    this.h1.focus({ preventScroll: true });
  }

  truth(choice) {
    if (this.data.layout === "single")
      return choice ? this.t("These colours are real.") : this.t("These colours were put in afterwards.");
    return this.t(this.sides(this.stage.firstChild)[choice ? 0 : 1].real);
  }

  label(feedback) {
    for (const box of this.stage.querySelectorAll("input")) {
      box.disabled = true;
      const textContent = feedback[box.value] ? this.t("Real") : this.t("Recoloured");
      box.parentElement.append(element("span", { className: "truth", textContent }));
    }
  }

  // === Pictures ===

  load(trials, quiet) {
    const places = this.data.layout === "pairs" ? ["left", "right"] : ["only"];
    const paths = trials.flatMap((trial) => places.map((place) => `picture/${trial}/${place}`));
    return Promise.all(paths.map((path) => this.picture(path, quiet)));
  }

  async picture(path, quiet) {
    if (!this.pictures.has(path)) this.pictures.set(path, this.fetchPicture(path, quiet));
    try {
      return await this.pictures.get(path);
    } catch (error) {
      this.pictures.delete(path);
      if (quiet || error instanceof Stopped) throw error;
      return this.picture(path, false); // it was asked for in advance, in vain: now it is needed
    }
  }

  async fetchPicture(path, quiet) {
    const reply = await this.request(path, {}, quiet);
    const image = new Image();
    image.src = URL.createObjectURL(await reply.blob());
    await image.decode();
    return image;
  }

  forget(trials) {
    for (const [path, picture] of this.pictures)
      if (trials.includes(Number(path.split("/")[1]))) {
        this.pictures.delete(path);
        picture.then((image) => URL.revokeObjectURL(image.src), () => {});
      }
  }

  // === The server ===

  async post(path, body) {
    const options = { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
    return (await this.request(path, options, false)).json();
  }

  // The same request again and again until it is answered: the server counts an answer once, however often it comes.
  async request(path, options, quiet) {
    const page = location.pathname.replace(/[^/]*$/, "");
    const address = `${page}study-session/${encodeURIComponent(this.data.study)}/${path}`;
    for (let wait = FIRST_WAIT_MS; ; wait = longerWait(wait)) {
      let reply = null;
      try {
        const headers = { ...options.headers, "X-Study-Code": this.code, "X-Study-Language": this.data.language };
        const signal = timeLimit(PATIENCE_MS);
        reply = await fetch(address, { ...options, headers, cache: "no-store", signal });
      } catch (error) {
        if (quiet) throw error;
      }
      if (this.stopped || !this.root.isConnected) throw new Stopped();
      if (reply?.ok) {
        if (!quiet) this.say("");
        return reply;
      }
      if (quiet) throw new Error(address);
      if (reply?.status === 425) {
        await pause(FIRST_WAIT_MS);
        continue;
      }
      if (reply === null || reply.status === 502 || reply.status === 504) {
        this.say(this.t("The connection is lost. Trying again; nothing you answered is lost."));
        await pause(wait);
      } else await this.complain(reply);
    }
  }

  // A refusal in the server's words; returns when the participant wants to try again.
  async complain(reply) {
    const { error } = await reply.json().catch(() => ({}));
    this.say(error ?? this.t("Something went wrong on our side. Please reload the page."));
    if (reply.status !== 503 && reply.status !== 429) {
      this.answers.replaceChildren();
      throw new Stopped();
    }
    await new Promise((resolve) => {
      this.note.append(element("button", { type: "button", onclick: resolve }, this.t("Try again")));
      this.fit();
    });
  }

  // === The screen ===

  say(words) {
    if (this.note.textContent === words) return;
    this.note.textContent = words;
    this.fit();
  }

  // A phone on its side has no height to give away: there the buttons stand beside the picture.
  fit() {
    const beside = this.data.layout !== "grid" && window.innerHeight < 500 && window.innerWidth > window.innerHeight;
    this.root.classList.toggle("beside", beside);
    const top = this.stage.getBoundingClientRect().top + this.scrolled();
    const below = this.note.offsetHeight + (beside ? 0 : this.answers.offsetHeight) + 32;
    this.root.style.setProperty("--room", `${Math.max(window.innerHeight - top - below, 120)}px`);
  }

  // On a small or enlarged screen the button that was pressed last lies below the next picture: begin at the top again.
  // There the page's own margin is room for the answers, too.
  bringIntoView() {
    const hidden = this.answers.getBoundingClientRect().bottom > window.innerHeight;
    if (hidden || this.root.getBoundingClientRect().top < 0) this.root.scrollIntoView({ block: "start" });
  }

  scrolled() {
    return document.querySelector("[data-testid=stMain]")?.scrollTop ?? 0;
  }

  followKey(event) {
    if (!this.root.isConnected) return this.stop();
    const typing = event.composedPath()[0].matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const choice = keyChoice(this.data.layout, event.key);
    if (choice === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!event.repeat) this.choose?.(choice);
  }
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".survey");
  const report = { setStateValue, setTriggerValue };
  if (root.session?.serves(data)) {
    root.session.report = report; // Streamlit ran the page again; the trial goes on
    return;
  }
  root.session?.stop();
  root.className = "survey";
  root.session = new Session(root, data, report);
  root.session.run();
}
