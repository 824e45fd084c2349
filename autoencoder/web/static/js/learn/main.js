// @ts-check
/* The Learn tab: puts the parts together. */
import { keepInAddress, viewChanged } from "../lib/address.js";
import { copyLink } from "../lib/copy.js";
import { find, make } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { PIXELS, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { WorkerCalls } from "../lib/worker_calls.js";
import { LossChart } from "./chart.js";
import { drawRows, oneOfEach } from "./examples.js";
import { openOnMap } from "./open_on_map.js";
import { CodeMap } from "./map.js";
import { OwnPictures } from "./own.js";
import { garments } from "./pictures.js";
import { Projection } from "../lib/projection.js";
import { SettingsForm } from "./settings.js";

/** @typedef {import("./pictures.js").PictureSet} PictureSet */
/** @typedef {import("./worker.js").Look} Look */

const SHOWN = 1000; // dots on the map
const HELD_SHARE = 0.1; // of the pictures is never trained on, up to as many as are shown

class Learn {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.worker = new WorkerCalls(new URL("./worker.js", import.meta.url), (look) => this.show(look));
    this.form = new SettingsForm(find(root, "form", HTMLFormElement), () => this.setUp());
    this.map = new CodeMap(find(root, "#learn-map", HTMLCanvasElement), (place) => this.point(place));
    this.chart = new LossChart(find(root, "#learn-loss", HTMLCanvasElement));
    this.examples = find(root, ".ln-examples canvas", HTMLCanvasElement);
    this.decoded = find(root, ".ln-decode canvas", HTMLCanvasElement);
    this.error = find(root, ".ln-error", HTMLElement);
    /** @type {Record<string, HTMLButtonElement>} */
    this.buttons = {
      start: this.button("#learn-start", () => this.toggle()),
      step: this.button("[data-do=step]", () => this.worker.ask("step")),
      reset: this.button("#learn-reset", () => this.reset()),
      open: this.button("[data-do=open]", () => this.open()),
      link: this.button("[data-do=link]", () => copyLink(this.buttons.link)),
    };
    new OwnPictures(find(root, ".ln-after", HTMLElement), (read) => this.take(read));
    this.isRunning = false;
    this.isNew = true;
    this.isDecoding = false;
    this.projection = new Projection(2);
    /** @type {PictureSet | null} */
    this.set = null;
    /** @type {number[]} of the pictures that are held out, those that are shown with their reconstructions */
    this.chosen = [];
    /** @type {Uint8Array} of the pictures that are held out */
    this.heldLabels = new Uint8Array();
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

  /** @param {unknown} error or "" when all is well */
  complain(error) {
    this.error.textContent = error instanceof Error ? error.message : String(error);
    this.error.hidden = !error;
  }

  /** Learn from what a promise brings. @param {Promise<PictureSet>} read */
  async take(read) {
    this.pause();
    try {
      this.set = await read;
    } catch (error) {
      this.complain(error);
      return;
    }
    const { classes, images, index } = this.set;
    const count = (images.length / PIXELS).toLocaleString("en");
    const source = index ? `${count} garments` : `your ${count} pictures`;
    find(this.root, ".ln-source", HTMLElement).textContent = source;
    const chips = classes.map(({ name, colour }) => {
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
    const { images, labels, classes } = this.set;
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
    this.chart.clear();
    this.complain("");
    find(this.root, ".ln-shown", HTMLElement).textContent = held.toLocaleString("en");
    const training = images.slice(0, Math.min(count, all - held) * PIXELS);
    try {
      await this.worker.ask("setup", { settings, training, heldOut, examples });
      for (const name of ["start", "step", "reset"]) this.buttons[name].disabled = false;
      this.buttons.open.disabled = !this.set.index;
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
    this.describe();
    this.worker.ask("run").catch((error) => this.complain(error));
  }

  pause() {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.describe();
    this.worker.ask("pause").catch(() => {});
  }

  /** Other weights to begin with. */
  async reset() {
    this.form.seed += 1;
    await this.setUp();
    studio.say("Begun anew with other weights.");
  }

  describe() {
    this.buttons.start.textContent = this.isRunning ? "Pause" : "Start";
    if (!this.isRunning) find(this.root, ".ln-rate", HTMLElement).textContent = "";
  }

  /** @param {Look} look */
  show({ step, loss, heldOut, rate, codes, inputs, outputs }) {
    if (!this.set || codes.length / this.projection.width !== this.heldLabels.length) return; // of the settings before
    find(this.root, "#learn-step", HTMLOutputElement).textContent = String(step);
    if (this.isRunning) find(this.root, ".ln-rate", HTMLElement).textContent = `${Math.round(rate)} steps a second`;
    this.projection.follow(codes);
    const colours = Array.from(this.heldLabels, (label) => this.set?.classes[label].colour ?? "#888");
    this.map.show(this.projection.places(codes), colours, this.isNew);
    this.isNew = false;
    this.chart.add({ step, loss, heldOut });
    const [training, held] = this.root.querySelectorAll(".ln-key output");
    training.textContent = loss === null ? "" : loss.toFixed(4);
    held.textContent = heldOut.toFixed(4);
    const rows = this.form.values.level ? [this.clean ?? inputs, inputs, outputs] : [inputs, outputs];
    drawRows(this.examples, rows);
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
    const words = place.map((value) => signed(value)).join(", ");
    find(this.root, ".ln-place", HTMLElement).textContent = words;
    this.decoded.setAttribute("aria-label", `Decode of ${words}`);
    if (this.wanted !== place) this.point(this.wanted);
  }

  async open() {
    this.pause();
    if (this.set) await openOnMap(this.worker, this.set, this.form.values, this.projection);
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
  await learn.take(garments());
}
