// @ts-check
/* The Learn tab: puts the parts together. */
import { copyLink, keepInAddress, viewChanged } from "../lib/address.js";
import { find, make } from "../lib/dom.js";
import { drawRows } from "../lib/picture_rows.js";
import { PIXELS, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { RequestError, Trouble } from "../lib/trouble.js";
import { WorkerCalls } from "../lib/worker_calls.js";
import { LossChart } from "./chart.js";
import { openOnMap } from "./open_on_map.js";
import { CodeMap, inWords } from "./map.js";
import { OwnPictures } from "./own_pictures.js";
import { testImages, oneOfEach } from "./shipped_images.js";
import { Projection } from "../lib/principal_plane.js";
import { SettingsForm } from "./settings.js";

/** @typedef {import("./shipped_images.js").PictureSet} PictureSet */
/** @typedef {import("./worker.js").Look} Look */

const GAP = 2; // pixels of theirs between two pictures
const LARGEST = 3; // times their size, where few are shown
const SHOWN = 1000; // dots on the map
const HELD_SHARE = 0.1; // of the pictures is never trained on, up to as many as are shown

class Learn {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.worker = this.newWorker();
    this.form = new SettingsForm(find(root, "form", HTMLFormElement), () => this.setUp());
    this.map = new CodeMap(find(root, "#learn-map", HTMLCanvasElement), (place) => this.point(place));
    this.chart = new LossChart(find(root, "#learn-loss", HTMLCanvasElement));
    this.examples = find(root, ".ln-examples canvas", HTMLCanvasElement);
    this.decoded = find(root, ".ln-decode canvas", HTMLCanvasElement);
    this.after = find(root, ".ln-after", HTMLElement);
    this.trouble = new Trouble(find(root, ".ln-error", HTMLElement), () =>
      this.set ? this.setUp() : this.take(testImages()),
    );
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = {
      start: this.button("#learn-start", () => this.toggle()),
      step: this.button("[data-do=step]", () => this.worker.ask("step")),
      reset: this.button("#learn-reset", () => this.reset()),
      open: this.button("[data-do=open]", () => this.open()),
      back: this.button("[data-do=back]", () => this.take(testImages())),
      link: this.button("[data-do=link]", () => copyLink(this.buttons.link)),
    };
    new OwnPictures(root, (read) => this.take(read));
    this.isRunning = false;
    this.session = 0; // number of the newest training
    this.isNew = true;
    this.isDecoding = false;
    this.projection = new Projection(2);
    /** @type {PictureSet | null} */
    this.set = null;
    /** @type {Promise<PictureSet> | null} what was asked for last */
    this.reading = null;
    /** @type {number[]} of the pictures that are held out, those that are shown with their reconstructions */
    this.chosen = [];
    /** @type {Uint8Array} of the pictures that are held out */
    this.heldLabels = new Uint8Array();
    /** @type {Uint8Array} the examples, without noise */
    this.clean = new Uint8Array();
    /** @type {import("./map.js").Place | null} */
    this.wanted = null;
    document.addEventListener("visibilitychange", () => document.hidden && this.pause());
  }

  /**
   * @param {string} selector
   * @param {() => unknown} act
   */
  button(selector, act) {
    const button = find(this.root, selector, HTMLButtonElement);
    button.addEventListener("click", async () => {
      try {
        await act();
      } catch (error) {
        this.complain(error);
      }
    });
    return button;
  }

  newWorker() {
    return new WorkerCalls(new URL("./worker.js", import.meta.url), (look) => this.show(look));
  }

  /** What the connection may have kept away is asked for again: the test images, the worker. @param {unknown} error */
  complain(error) {
    const words = error instanceof Error ? error.message : String(error);
    this.trouble.fail(new RequestError(words, !this.set || this.worker.hasFailed));
  }

  /** Learn from what a promise brings, unless something else is asked for meanwhile. @param {Promise<PictureSet>} read */
  async take(read) {
    this.pause();
    this.reading = read;
    this.after.setAttribute("aria-busy", "true");
    const [outcome] = await Promise.allSettled([read]);
    if (read !== this.reading) return;
    this.after.setAttribute("aria-busy", "false");
    if (outcome.status === "rejected") {
      this.complain(outcome.reason);
      return;
    }
    this.set = outcome.value;
    const chips = this.set.classes.map(({ name, colour }) => {
      const swatch = make("i");
      swatch.style.setProperty("--swatch", colour);
      return make("li", {}, swatch, name);
    });
    find(this.root, ".ln-classes", HTMLElement).replaceChildren(...chips);
    await this.setUp();
  }

  /** Begin anew, with the settings of now. */
  async setUp() {
    viewChanged();
    if (!this.set) return;
    this.pause();
    if (this.worker.hasFailed) this.worker = this.newWorker();
    const { images, labels, classes, source, index } = this.set;
    const { count, ...settings } = this.form.values;
    const all = images.length / PIXELS;
    const held = Math.min(SHOWN, Math.ceil(HELD_SHARE * all));
    this.heldLabels = labels.subarray(all - held);
    this.chosen = oneOfEach(this.heldLabels, classes.length);
    const heldOut = images.slice((all - held) * PIXELS);
    const examples = new Uint8Array(this.chosen.length * PIXELS);
    this.chosen.forEach((row, i) => examples.set(heldOut.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS));
    this.clean = examples;
    this.projection = new Projection(settings.bottleneck);
    this.isNew = true;
    this.session += 1;
    this.chart.clear();
    const trained = Math.min(count, all - held);
    find(this.root, ".ln-source", HTMLElement).textContent = `${trained.toLocaleString("en")} of ${source}`;
    find(this.root, ".ln-shown", HTMLElement).textContent = held.toLocaleString("en");
    const training = images.slice(0, trained * PIXELS);
    this.buttons.open.hidden = !index; // the map there shows the test images
    this.buttons.back.hidden = Boolean(index);
    try {
      await this.worker.ask("setup", { session: this.session, settings, training, heldOut, examples });
      this.trouble.clear();
      for (const name of ["start", "step", "reset", "open"]) this.buttons[name].disabled = false;
    } catch (error) {
      this.complain(error);
    }
  }

  toggle() {
    if (this.isRunning) this.pause();
    else this.run();
  }

  run() {
    this.isRunning = true;
    this.map.canvas.scrollIntoView({ block: "nearest" }); // on a phone it may lie below the window
    this.describe();
    this.worker.ask("run").catch((error) => {
      this.pause();
      this.complain(error);
    });
  }

  pause() {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.describe();
    this.worker.ask("pause").catch(() => {});
  }

  /** Other weights to begin with. */
  async reset() {
    this.form.seed.stepUp();
    await this.setUp();
    studio.say("Begun anew with other weights.");
  }

  describe() {
    this.buttons.start.textContent = this.isRunning ? "Pause" : "Start";
    if (!this.isRunning) find(this.root, ".ln-rate", HTMLElement).textContent = "";
  }

  /** @param {Look} look */
  show({ session, error, step, loss, heldOut, rate, codes, inputs, outputs }) {
    if (session !== this.session) return;
    if (error) {
      this.pause();
      this.complain(error);
      return;
    }
    find(this.root, "#learn-step", HTMLOutputElement).textContent = String(step);
    if (this.isRunning)
      find(this.root, ".ln-rate", HTMLElement).textContent = `${Number(rate.toPrecision(2))} steps a second`;
    this.projection.follow(codes);
    const colours = Array.from(this.heldLabels, (label) => this.set?.classes[label].colour ?? "#888");
    this.map.show(this.projection.places(codes), colours, this.isNew || !this.isRunning);
    this.isNew = false;
    this.chart.add({ step, loss, heldOut });
    const [training, held] = this.root.querySelectorAll(".ln-key output");
    training.textContent = loss === null ? "" : loss.toFixed(4);
    held.textContent = heldOut.toFixed(4);
    const rows = this.form.values.level ? [this.clean, inputs, outputs] : [inputs, outputs];
    drawRows(this.examples, rows, GAP);
    this.examples.style.maxWidth = `${LARGEST * this.examples.width}px`;
    if (this.wanted) this.point(this.wanted);
  }

  /** Decode a place by the model of this moment; while it is busy only the newest waits. @param {import("./map.js").Place} place */
  async point(place) {
    this.wanted = place;
    if (this.isDecoding) return;
    this.isDecoding = true;
    const bytes = await this.worker.ask("decode", this.projection.code(place)).catch(() => null);
    this.isDecoding = false;
    if (!bytes) return;
    drawGrey(this.decoded, bytes);
    const words = inWords(place);
    find(this.root, ".ln-place", HTMLElement).textContent = words;
    this.decoded.setAttribute("aria-label", `Decode of ${words}`);
    if (this.wanted !== place) this.point(this.wanted);
  }

  async open() {
    if (!this.set) return;
    this.pause();
    this.trouble.clear();
    this.root.inert = true; // what is opened must be of one moment
    studio.say("Opening the map.");
    try {
      await openOnMap(this.worker, this.set, this.form.values, this.projection);
    } finally {
      this.root.inert = false;
    }
  }
}

/**
 * Fill the tab.
 * @param {HTMLElement} root
 */
export async function start(root) {
  await studio.ready();
  const learn = new Learn(find(root, "#learn", HTMLElement));
  learn.form.read(studio.query);
  keepInAddress(() => learn.form.inLink(root.checkVisibility()));
  await learn.take(testImages());
}
