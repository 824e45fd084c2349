// @ts-check
/* The picture of the Denoise tab on the map: a star where its clean code lies and the way its code goes as
   the noise grows, for the model of the map. */
import { find, make, thumbnail } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { runsOf } from "../lib/geometry.js";
import { rowOf } from "../lib/levels.js";
import { drawGrey } from "../lib/pixels.js";
import { fetchStrip, isStripOf } from "../lib/strips.js";
import { modelNamed, sampleState, studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";

/** @typedef {import("../lib/strips.js").Strip} Strip */

const LEAPS = "dotted where it leaps to a place that fits better";

export class ImageTrail {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {import("./map_layers.js").Overlay} overlay shows star and trail
   */
  constructor(root, overlay) {
    this.tab = root;
    this.root = find(root, ".lm-image", HTMLElement);
    this.overlay = overlay;
    this.model = "";
    /** @type {import("../lib/strips.js").StripRequest | null} the newest request, under way or answered */
    this.wanted = null;
    this.abort = new AbortController();
    this.stale = false;
    /** @type {Strip | null} */
    this.strip = null;
    /** @type {import("../lib/strips.js").Place[][]} the codes of the strip, parted where they leap */
    this.runs = [];
    this.trouble = new Trouble(find(root, "#trail-error", HTMLElement), () => this.refresh());
    this.thumb = find(this.root, ".lm-level canvas", HTMLCanvasElement);
    this.level = find(this.root, "input", HTMLInputElement);
    this.words = find(this.root, ".lm-hint", HTMLElement);
    this.output = find(this.root, "output", HTMLOutputElement);
    this.samples = studio.samples.map((_, i) => sampleButton(i));
    find(this.root, ".lm-samples", HTMLElement).append(...this.samples);
    this.level.addEventListener("input", () => studio.set({ level: Number(this.level.value) }));
    studio.subscribe(["image", "strip", "noise", "seed"], () => this.refresh());
    studio.subscribe(["level"], () => root.checkVisibility() && this.draw());
    // Out of sight nothing is fetched or drawn; what was missed is made good when the tab is shown again.
    new ResizeObserver(() => (this.stale ? this.refresh() : this.draw())).observe(root);
  }

  /** @param {string} model or "" for none */
  setModel(model) {
    Object.assign(this, { model, wanted: null });
    this.show(null);
    this.refresh();
  }

  async refresh() {
    const { image, strip, noise, seed } = studio.state;
    this.stale = !this.tab.checkVisibility();
    this.samples.forEach((button, i) => button.setAttribute("aria-pressed", String(studio.samples[i].image === image)));
    if (!this.model || !image || this.stale) return;
    const wanted = { model: this.model, image, noise, seed };
    const there = strip && isStripOf(strip, wanted) ? strip : null;
    if (!there && isStripOf(this.wanted, wanted)) return this.draw();
    this.wanted = wanted;
    this.abort.abort();
    this.abort = new AbortController();
    if (this.strip?.image !== image) this.show(null); // it would stand beside the new picture's name
    try {
      const own = there ?? (await fetchStrip(wanted, this.abort.signal));
      if (wanted !== this.wanted) return;
      this.trouble.clear();
      this.show(own);
    } catch (error) {
      if (wanted !== this.wanted) return;
      this.wanted = null; // to be asked for again
      this.show(null);
      this.trouble.fail(error);
    }
  }

  /** @param {Strip | null} strip */
  show(strip) {
    this.strip = strip;
    this.runs = strip ? runsOf(strip.codes, modelNamed(strip.model).box) : [];
    this.root.classList.toggle("lm-ready", Boolean(strip));
    this.draw();
  }

  draw() {
    const { level, image, imageLabel } = studio.state;
    this.level.value = String(level);
    this.output.textContent = level.toFixed(2);
    if (!this.strip) {
      this.words.textContent = image
        ? ""
        : "Choose a garment here, or upload or draw one on the Denoise tab: a star marks its code.";
      this.overlay.set({ trail: null });
      return;
    }
    const { levels, codes, clean_code: clean } = this.strip;
    const now = rowOf(levels, level);
    const moved = signed(Math.hypot(codes[now][0] - clean[0], codes[now][1] - clean[1]));
    drawGrey(this.thumb, this.strip.image);
    this.words.textContent =
      `★ ${imageLabel} without noise. At this level the noise has moved its code by ${moved}, ` +
      `along the red trail${this.runs.length > 1 ? `, ${LEAPS}` : ""}.`;
    this.overlay.set({ trail: { runs: this.runs, now: codes[now], clean } });
  }
}

/** A button that makes a sample the picture of the page. @param {number} i */
function sampleButton(i) {
  const [state, canvas] = [sampleState(i), thumbnail()];
  drawGrey(canvas, state.image);
  const { imageLabel: name } = state;
  const choose = () => studio.set(state);
  return make("button", { type: "button", title: name, ariaLabel: name, onclick: choose }, canvas);
}
