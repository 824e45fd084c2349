// @ts-check
/* The scatter: which part of the plane is seen, its axes, and its points on a 2-D canvas. 10,000 points take a few
   milliseconds there, with a graphics card or without one. */
import { find, make } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { contextOf } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { ticks } from "../lib/geometry.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("../lib/studio.js").Box} Box */
/** @typedef {import("../lib/plane.js").Plane} Plane */
/** @typedef {[number, number]} Range */
/**
 * Where the plane lies in the host, in pixels and in units of the plane.
 * @typedef {object} View
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {Range} x
 * @property {Range} y
 * @property {number} unit of the plane a pixel
 * @property {(x: number, y: number) => Place} toPixel
 * @property {(px: number, py: number) => Place} toPlane
 */

const MARGIN = { left: 34, right: 10, top: 10, bottom: 28 };
const TICK_GAP = 80; // pixels between two ticks, at least
const NAME_GAP = { x: 36, y: 20 }; // pixels to an axis's name, and half of a tick's words
const ZOOM = { least: 0.25, most: 400 };

export class Plot {
  /**
   * @param {HTMLElement} host element to draw in
   * @param {() => void} onView called whenever the view or the size may have changed
   */
  constructor(host, onView) {
    this.host = host;
    this.onView = onView;
    this.canvas = find(host, "canvas", HTMLCanvasElement);
    this.axes = find(host, "svg", SVGElement);
    /** @type {Box} */
    this.box = { x_min: -1, x_max: 1, y_min: -1, y_max: 1 };
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {boolean[]} a flag a class */
    this.shown = [];
    /** @type {import("./class_names.js").Label[]} */
    this.names = [];
    /** @type {Place} */
    this.middle = [0, 0];
    this.magnification = 1; // at 1 the whole box is in view
    this.frame = 0;
    this.size = { width: 0, height: 0 }; // noted here: to ask for it would lay the page out in every frame
    new ResizeObserver(([{ contentRect }]) => {
      this.size = contentRect;
      this.follow();
    }).observe(host);
    this.canvas.addEventListener("contextrestored", () => this.follow());
  }

  /** Show axes, with a whole box in view, until its points come. @param {Box} box */
  open(box) {
    this.plane = null;
    this.box = box;
    this.reset();
  }

  /**
   * Draw points.
   * @param {Plane | null} plane
   * @param {boolean[]} shown a flag a class
   */
  draw(plane, shown) {
    this.plane = plane;
    this.shown = shown;
    this.follow();
  }

  /**
   * Zoom by a factor; a place, or else the middle, stays where it is.
   * @param {number} factor
   * @param {Place} [place]
   */
  zoom(factor, place = this.middle) {
    const magnification = Math.min(ZOOM.most, Math.max(ZOOM.least, this.magnification * factor));
    const shrink = this.magnification / magnification;
    const [x, y] = this.middle.map((at, axis) => place[axis] + (at - place[axis]) * shrink);
    this.show([x, y], magnification);
  }

  /** Move what is seen along with a hand. @param {number} dx in pixels @param {number} dy in pixels */
  pan(dx, dy) {
    const { unit } = this.view();
    this.show([this.middle[0] - dx * unit, this.middle[1] + dy * unit], this.magnification);
  }

  /** The middle of the box. @returns {Place} */
  home() {
    const { x_min: left, x_max: right, y_min: bottom, y_max: top } = this.box;
    return [(left + right) / 2, (bottom + top) / 2];
  }

  reset() {
    this.show(this.home(), 1);
  }

  /**
   * @param {Place} middle
   * @param {number} magnification
   */
  show(middle, magnification) {
    this.middle = middle;
    this.magnification = Math.min(ZOOM.most, Math.max(ZOOM.least, magnification));
    this.follow();
  }

  /** Whether a place is in view. @param {Place} place */
  shows([x, y]) {
    const view = this.view();
    const [px, py] = view.toPixel(x, y);
    return px >= 0 && py >= 0 && px <= view.width && py <= view.height;
  }

  /** Move the view, at its scale, so that a place comes into it. @param {Place} place */
  reveal(place) {
    if (!this.shows(place)) this.show(place, this.magnification);
  }

  /**
   * The place under a point of the screen.
   * @param {number} clientX
   * @param {number} clientY
   */
  placeAt(clientX, clientY) {
    const frame = this.host.getBoundingClientRect();
    const view = this.view();
    return view.toPlane(clientX - frame.left - view.left, clientY - frame.top - view.top);
  }

  /** Where the plane lies in the host now: one scale for both axes. @returns {View} */
  view() {
    const { left, right, top, bottom } = MARGIN;
    const width = Math.max(this.size.width - left - right, 1);
    const height = Math.max(this.size.height - top - bottom, 1);
    const { box } = this;
    const unit = Math.max((box.x_max - box.x_min) / width, (box.y_max - box.y_min) / height) / this.magnification;
    const [x0, y1] = [this.middle[0] - (unit * width) / 2, this.middle[1] + (unit * height) / 2];
    return {
      left,
      top,
      width,
      height,
      x: [x0, x0 + unit * width],
      y: [y1 - unit * height, y1],
      unit,
      toPixel: (x, y) => [(x - x0) / unit, (y1 - y) / unit],
      toPlane: (px, py) => [x0 + px * unit, y1 - py * unit],
    };
  }

  /** The layers follow at once, the points before the frame is shown. */
  follow() {
    if (!this.size.width) return; // the tab is hidden
    this.onView();
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const view = this.view();
      this.paintAxes(view);
      this.paintPoints(view);
    });
  }

  /** @param {View} view */
  paintAxes({ left, top, width, height, x, y, toPixel }) {
    const words = (/** @type {number} */ value, /** @type {number} */ digits) => signed(value, digits);
    const [across, up] = [ticks(x[0], x[1], width / TICK_GAP), ticks(y[0], y[1], height / TICK_GAP)];
    const [right, base, beside] = [left + width, top + height + 18, left - 6];
    const labels = [
      `<text class="name" x="${right}" y="${base}">x</text>`,
      `<text class="name" x="${beside}" y="${top + 4}">y</text>`,
    ];
    for (const value of across.values) {
      const px = left + toPixel(value, 0)[0];
      if (px > right - NAME_GAP.x) continue;
      labels.push(`<text x="${px}" y="${base}" text-anchor="middle">${words(value, across.digits)}</text>`);
    }
    for (const value of up.values) {
      const py = top + toPixel(0, value)[1];
      if (py < top + NAME_GAP.y) continue;
      labels.push(`<text x="${beside}" y="${py + 4}" text-anchor="end">${words(value, up.digits)}</text>`);
    }
    this.axes.innerHTML = labels.join("");
  }

  /** @param {View} view */
  paintPoints(view) {
    const { left, top, width, height, x, y, unit } = view;
    const [ratio, context] = [devicePixelRatio, contextOf(this.canvas)];
    const [across, down] = [this.size.width, this.size.height].map((side) => Math.round(side * ratio));
    Object.assign(this.canvas, { width: across, height: down }); // which clears it
    const { plane, shown } = this;
    this.canvas.dataset.points = "0";
    if (!plane) return;
    const diameter = this.size.width < 480 ? 3.5 : 4.5;
    const dots = studio.classes.map((one) => dot(one.colour, (diameter / 2) * ratio));
    const half = dots[0].width / 2;
    context.beginPath();
    context.rect(left * ratio, top * ratio, width * ratio, height * ratio);
    context.clip();
    context.globalAlpha = studio.point_opacity;
    let count = 0;
    for (let row = 0; row < plane.count; row += 1) {
      if (!shown[plane.labels[row]]) continue;
      count += 1;
      const px = left + (plane.codes[2 * row] - x[0]) / unit;
      const py = top + (y[1] - plane.codes[2 * row + 1]) / unit;
      if (px < 0 || py < 0 || px > left + width + half || py > top + height + half) continue;
      // Whole pixels: others would be resampled, which is slow and blurs.
      context.drawImage(dots[plane.labels[row]], Math.round(px * ratio - half), Math.round(py * ratio - half));
    }
    this.canvas.dataset.points = String(count);
    this.paintNames(context, view);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {View} view
   */
  paintNames(context, { left, top, toPixel }) {
    const ratio = devicePixelRatio;
    const style = getComputedStyle(this.host);
    const [ink, halo] = ["--ring", "--halo"].map((name) => style.getPropertyValue(name));
    const font = `650 ${(this.size.width < 480 ? 11.5 : 13.5) * ratio}px ${style.fontFamily}`;
    Object.assign(context, { font, textAlign: "center", textBaseline: "middle", lineJoin: "round", globalAlpha: 1 });
    Object.assign(context, { lineWidth: 4 * ratio, strokeStyle: halo, fillStyle: ink });
    for (const { label, place } of this.names) {
      if (!this.shown[label]) continue;
      const [x, y] = toPixel(...place);
      const at = /** @type {const} */ ([studio.classes[label].name, (left + x) * ratio, (top + y) * ratio]);
      context.strokeText(...at);
      context.fillText(...at);
    }
  }
}

/** @type {Map<string, HTMLCanvasElement>} */
const dots = new Map();

/**
 * A round dot on a canvas of its own.
 * @param {string} colour
 * @param {number} radius in pixels
 */
export function dot(colour, radius) {
  const name = `${colour} ${radius}`;
  const picture = dots.get(name) ?? drawDot(colour, radius);
  dots.set(name, picture);
  return picture;
}

/**
 * @param {string} colour
 * @param {number} radius
 */
function drawDot(colour, radius) {
  const side = 2 * Math.ceil(radius + 0.5);
  const canvas = make("canvas", { width: side, height: side });
  const context = contextOf(canvas);
  context.fillStyle = colour;
  context.arc(side / 2, side / 2, radius, 0, 2 * Math.PI);
  context.fill();
  return canvas;
}
