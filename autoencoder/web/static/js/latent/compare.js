// @ts-check
/* A second, smaller map of another model: where do the same test items lie there? */
import { find, isCommand } from "../lib/dom.js";
import { contextOf } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { DIRECTIONS, nearestRow, placeOf } from "../lib/geometry.js";
import { loadPlane } from "../lib/plane.js";

/** @typedef {import("../lib/plane.js").Plane} Plane */
/** @typedef {import("../lib/strips.js").Place} Place */

export class ComparisonMap {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {(item: number) => void} onPick called with the test item nearest to a click on the small map
   * @param {() => void} onChoice called when another model was chosen
   */
  constructor(root, onPick, onChoice) {
    this.root = find(root, ".lm-compare", HTMLElement);
    this.select = find(this.root, "select", HTMLSelectElement);
    this.canvas = find(this.root, "canvas", HTMLCanvasElement);
    this.caption = find(this.root, ".lm-hint", HTMLElement);
    this.onPick = onPick;
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {number[]} test items, the first most important */
    this.marks = [];
    this.shown = studio.classes.map(() => true);
    this.trouble = new Trouble(find(root, "#compare-error", HTMLElement), () => this.choose(this.select.value));
    this.select.addEventListener("change", () => {
      this.choose(this.select.value);
      onChoice();
    });
    this.canvas.addEventListener("click", (event) => this.pick(event));
    this.canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Offer the models other than the map's own; false if there is none. @param {string} current */
  offer(current) {
    const before = this.select.value;
    const models = studio.models.filter(({ name }) => name !== current);
    const others = models.map(({ name }) => name);
    this.select.replaceChildren(new Option("none", ""), ...models.map((one) => new Option(one.description, one.name)));
    this.choose(others.includes(before) ? before : "");
    return others.length > 0;
  }

  /** Show a model's map; none for an empty name. @param {string} name */
  async choose(name) {
    this.select.value = name;
    this.plane = null;
    this.canvas.hidden = true; // until it shows this model's
    try {
      const plane = name ? await loadPlane(name) : null;
      if (this.select.value !== name) return;
      this.plane = plane;
      this.trouble.clear();
    } catch (error) {
      if (this.select.value !== name) return;
      this.trouble.fail(error);
    }
    this.draw();
  }

  /** Highlight test items. @param {number[]} items */
  mark(items) {
    this.marks = items;
    this.draw();
  }

  /** Show only some classes. @param {boolean[]} shown */
  filter(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    const { plane } = this;
    this.root.dataset.marked = String(plane ? this.marks.filter((item) => plane.rowOf[item] >= 0).length : 0);
    this.caption.textContent = plane
      ? "The ringed images are those nearest to the cursor, as that model places them. " +
        "Click one here (or press arrow keys) to find it on the large map."
      : "Choose a second model to see where it puts the same test images.";
    this.canvas.hidden = !plane;
    const side = this.canvas.clientWidth;
    if (!plane || !side) return;
    this.canvas.width = this.canvas.height = Math.round(side * devicePixelRatio);
    const context = contextOf(this.canvas);
    context.scale(devicePixelRatio, devicePixelRatio);
    this.drawPoints(context, plane);
    this.drawMarks(context, plane);
  }

  /** Plane to pixels and back: one scale for both axes, the box in the middle. @param {Plane} plane */
  scale({ box: { x_min: left, x_max: right, y_min: bottom, y_max: top } }) {
    const half = this.canvas.clientWidth / 2;
    const unit = Math.max(right - left, top - bottom) / (2 * half);
    const [x, y] = [(left + right) / 2, (bottom + top) / 2];
    return {
      /** @param {Place} place @returns {Place} */
      toPixel: ([px, py]) => [half + (px - x) / unit, half - (py - y) / unit],
      /** @param {number} px @param {number} py @returns {Place} */
      toPlane: (px, py) => [x + (px - half) * unit, y - (py - half) * unit],
    };
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Plane} plane
   */
  drawPoints(context, plane) {
    const { toPixel } = this.scale(plane);
    context.globalAlpha = studio.point_opacity;
    for (let row = 0; row < plane.count; row += 1) {
      const label = plane.labels[row];
      if (!this.shown[label]) continue;
      const [px, py] = toPixel(placeOf(plane, row));
      context.fillStyle = studio.classes[label].colour;
      context.fillRect(px - 1, py - 1, 2, 2);
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Plane} plane
   */
  drawMarks(context, plane) {
    const { toPixel } = this.scale(plane);
    const ink = getComputedStyle(this.canvas).color;
    for (const item of this.marks.toReversed()) {
      const row = plane.rowOf[item];
      if (row < 0) continue;
      const [px, py] = toPixel(placeOf(plane, row));
      context.beginPath();
      context.arc(px, py, item === this.marks[0] ? 7 : 5, 0, 2 * Math.PI);
      context.fillStyle = studio.classes[plane.labels[row]].colour;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = ink;
      context.stroke();
    }
  }

  /** @param {MouseEvent} event */
  pick(event) {
    if (!this.plane) return;
    const frame = this.canvas.getBoundingClientRect();
    const [x, y] = this.scale(this.plane).toPlane(event.clientX - frame.left, event.clientY - frame.top);
    const row = nearestRow(this.plane, x, y, this.shown);
    if (row >= 0) this.onPick(this.plane.index[row]);
  }

  /** Go from the marked item to the next one in an arrow's direction. @param {KeyboardEvent} event */
  key(event) {
    const { plane } = this;
    const direction = DIRECTIONS[event.key];
    const from = plane?.rowOf[this.marks[0]] ?? -1;
    if (!plane || !direction || from < 0 || isCommand(event)) return;
    event.preventDefault();
    const [x, y] = placeOf(plane, from);
    const width = plane.box.x_max - plane.box.x_min;
    for (let step = width / 100; step < width; step *= 1.5) {
      const row = nearestRow(plane, x + direction[0] * step, y + direction[1] * step, this.shown);
      if (row >= 0 && row !== from) {
        this.onPick(plane.index[row]);
        return;
      }
    }
  }
}
