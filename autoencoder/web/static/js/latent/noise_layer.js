// @ts-check
/* What noise of the tab's level does to all codes: arrows on the map, and the codes of some 1,000 noisy images. */
import { viewChanged } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { contextOf } from "../lib/pixels.js";
import { loadBytes } from "../lib/plane.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { arrowsOn, endsOf, meanDistance, placesAt, readNoisyCodes } from "./drift.js";
import { dot } from "./plot.js";

/** @typedef {import("../lib/plane.js").Plane} Plane */
/** @typedef {import("./drift.js").NoisyCodes} NoisyCodes */
/** @typedef {import("./plot.js").View} View */
/**
 * @typedef {object} Field
 * @property {NoisyCodes} noisy
 * @property {Float32Array} clean their places without noise
 * @property {import("./drift.js").Arrow[]} arrows
 * @property {Float32Array} begins of the arrows
 * @property {number[]} labels of the items
 */

const FILE = "noisy_codes.safetensors";
const DOT = 4; // pixels across
const ARROW = { shaft: 2, head: 8, dot: 1.6, casing: 1.4 }; // pixels; `dot`: radius of an arrow that is none
const WIDE = 480; // pixels of a map on which arrows are that thick

export class NoiseLayer {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {() => View} view where the plane lies in the host now
   */
  constructor(root, view) {
    this.root = root;
    this.view = view;
    this.canvas = find(root, ".lm-noise", HTMLCanvasElement);
    this.arrows = find(root, "#arrows", HTMLInputElement);
    this.all = find(root, "#noise-on-all", HTMLInputElement);
    this.words = find(root, "#noise-drift", HTMLElement);
    this.trouble = new Trouble(find(root, "#noise-error", HTMLElement), () => this.load());
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {Field | null} */
    this.field = null;
    this.shown = studio.classes.map(() => true);
    this.frame = 0;
    for (const toggle of [this.arrows, this.all]) {
      toggle.addEventListener("input", () => {
        this.draw();
        viewChanged();
      });
    }
    studio.subscribe(["level"], () => root.checkVisibility() && this.draw());
    this.draw();
  }

  /** Whether the map's own dots give way to those of noisy images. */
  get isAlone() {
    return this.all.checked && this.field !== null;
  }

  /** @param {Plane | null} plane null until the map's own comes */
  setPlane(plane) {
    this.plane = plane;
    this.field = null;
    this.trouble.clear();
    this.draw();
    this.load();
  }

  async load() {
    const { plane } = this;
    if (!plane || !hasField(plane.name)) return;
    try {
      const noisy = readNoisyCodes(await loadBytes(`${plane.name}/${FILE}`));
      if (this.plane !== plane) return; // another was chosen meanwhile
      const { codes, box } = plane;
      const arrows = arrowsOn(codes, box, noisy);
      const begins = Float32Array.from(arrows.flatMap(({ x, y }) => [x, y]));
      const labels = Array.from(noisy.rows, (row) => plane.labels[row]);
      this.trouble.clear();
      this.field = { noisy, clean: placesAt(noisy, 0), arrows, begins, labels };
    } catch (error) {
      if (this.plane === plane) this.trouble.fail(error);
    }
    this.draw();
  }

  /** Show dots of some classes only. @param {boolean[]} shown */
  filter(shown) {
    this.shown = shown;
    this.draw();
  }

  /** Say and show what the level does, in the frame that follows. */
  draw() {
    const { field, arrows, all, root } = this;
    for (const toggle of [arrows, all]) toggle.disabled = !field;
    root.classList.toggle("has-arrows", Boolean(field) && arrows.checked);
    root.classList.toggle("has-noise-on-all", this.isAlone);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const moved = this.field && placesAt(this.field.noisy, studio.state.level);
      this.describe(moved);
      this.paint(moved);
    });
  }

  /** @param {Float32Array | null} moved where the level takes the codes */
  describe(moved) {
    const { field, plane } = this;
    if (!field || !moved) {
      const isMissing = plane && !hasField(plane.name);
      this.words.textContent = isMissing ? "What noise does to all codes was not computed for this model." : "";
      return;
    }
    const { level } = studio.state;
    this.words.textContent =
      `At level ${level.toFixed(2)} Gaussian noise moves a code by ${signed(meanDistance(field.clean, moved))} ` +
      "on average with this model.";
  }

  /** @param {Float32Array | null} moved */
  paint(moved) {
    const { canvas, field } = this;
    const [ratio, context] = [devicePixelRatio, contextOf(canvas)];
    const { width, height, left, top, toPixel } = this.view();
    Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) }); // which clears it
    Object.assign(canvas.dataset, { arrows: "0", dots: "0" });
    if (!field || !moved || !(this.arrows.checked || this.all.checked)) return;
    context.scale(ratio, ratio);
    const pixels = (/** @type {Float32Array} */ places) => {
      const found = new Float32Array(places.length);
      for (let i = 0; i < places.length; i += 2) found.set(toPixel(places[i], places[i + 1]), i);
      return found;
    };
    if (this.all.checked) this.paintDots(context, field, pixels(field.clean), pixels(moved));
    if (!this.arrows.checked) return;
    const scale = Math.min(1, width / WIDE);
    this.paintArrows(context, pixels(field.begins), pixels(endsOf(field.arrows, field.clean, moved)), scale);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Field} field
   * @param {Float32Array} clean in pixels
   * @param {Float32Array} moved
   */
  paintDots(context, { labels }, clean, moved) {
    const ratio = devicePixelRatio;
    const dots = studio.classes.map((one) => dot(one.colour, (DOT / 2) * ratio));
    const items = labels.flatMap((label, item) => (this.shown[label] ? [item] : []));
    context.beginPath();
    for (const item of items) {
      context.moveTo(clean[2 * item], clean[2 * item + 1]);
      context.lineTo(moved[2 * item], moved[2 * item + 1]);
    }
    context.strokeStyle = getComputedStyle(this.canvas).color;
    context.globalAlpha = 0.3;
    context.lineWidth = 1;
    context.stroke();
    context.globalAlpha = 1;
    for (const item of items) {
      const picture = dots[labels[item]];
      const [x, y] = [0, 1].map((axis) => Math.round(moved[2 * item + axis] * ratio - picture.width / 2) / ratio);
      context.drawImage(picture, x, y, picture.width / ratio, picture.width / ratio); // on whole pixels, which is faster
    }
    this.canvas.dataset.dots = String(items.length);
  }

  /**
   * Each arrow on a casing, which sets it off from what lies below.
   * @param {CanvasRenderingContext2D} context
   * @param {Float32Array} begins in pixels
   * @param {Float32Array} ends
   * @param {number} scale of their thickness
   */
  paintArrows(context, begins, ends, scale) {
    const { color, outlineColor } = getComputedStyle(this.canvas);
    for (let i = 0; i < begins.length; i += 2) {
      for (const [colour, wider] of /** @type {[string, number][]} */ ([
        [outlineColor, ARROW.casing],
        [color, 0],
      ])) {
        context.fillStyle = colour;
        context.fill(outlineOf([begins[i], begins[i + 1]], [ends[i], ends[i + 1]], scale, wider));
      }
    }
    this.canvas.dataset.arrows = String(begins.length / 2);
  }
}

/** Whether it was computed where noise takes a model's codes. @param {string} name */
function hasField(name) {
  return `${name}/${FILE}` in studio.assets;
}

/**
 * The outline of an arrow, or of a dot if it is too short for one. Filling outlines takes a third of what stroking lines does.
 * @param {readonly [number, number]} from
 * @param {readonly [number, number]} to
 * @param {number} scale
 * @param {number} wider by so many pixels all around
 */
function outlineOf([x0, y0], [x1, y1], scale, wider) {
  const path = new Path2D();
  const length = Math.hypot(x1 - x0, y1 - y0);
  if (length < 2 * scale * ARROW.dot) {
    path.arc(x0, y0, scale * ARROW.dot + wider, 0, 2 * Math.PI);
    return path;
  }
  const head = Math.min(scale * ARROW.head, length);
  const [half, wing, neck] = [(scale * ARROW.shaft) / 2 + wider, 0.5 * head + 1.5 * wider, length - head - wider];
  const [u, v] = [(x1 - x0) / length, (y1 - y0) / length];
  const left = [[-wider, half], [neck, half], [neck, wing], [length + 2 * wider, 0]]; // prettier-ignore
  const right = left.slice(0, 3).reverse().map(([along, across]) => [along, -across]); // prettier-ignore
  for (const [along, across] of [...left, ...right]) {
    path.lineTo(x0 + along * u - across * v, y0 + along * v + across * u);
  }
  path.closePath();
  return path;
}
