// @ts-check
/* The map of codes, drawn anew at each look at the model. */
import { isCommand } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { DIRECTIONS } from "../lib/geometry.js";
import { contextOf } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";

/** @typedef {[number, number]} Place */

const MARGIN = 18; // pixels
const TAIL = 0.005; // of the codes at either end of an axis may lie outside
const EASE = 0.25; // of the way to its new frame that the view goes at each look
const STEP = 0.03; // of the width that an arrow key moves the cursor

export class CodeMap {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(place: Place) => void} onPoint called with the place under the pointer
   */
  constructor(canvas, onPoint) {
    this.canvas = canvas;
    this.onPoint = onPoint;
    this.places = new Float32Array();
    /** @type {string[]} */
    this.colours = [];
    /** @type {number[] | null} left, right, bottom, top */
    this.frame = null;
    /** @type {Place | null} */
    this.cursor = null;
    canvas.addEventListener("pointermove", (event) => this.point(event.offsetX, event.offsetY));
    canvas.addEventListener("pointerdown", (event) => this.point(event.offsetX, event.offsetY));
    canvas.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
    new MutationObserver(() => this.draw()).observe(document.body, { attributeFilter: ["class"] });
  }

  /**
   * @param {Float32Array} places x, y, x, y, ...
   * @param {string[]} colours
   * @param {boolean} isNew whether the view need not ease: it is another model's, or a single step's
   */
  show(places, colours, isNew) {
    const frame = frameOf(places);
    const { frame: before } = this;
    this.frame = before && !isNew ? before.map((edge, i) => edge + EASE * (frame[i] - edge)) : frame;
    Object.assign(this, { places, colours });
    this.draw();
  }

  draw() {
    const { canvas, frame, places, colours } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width || !frame) return;
    const dense = devicePixelRatio;
    Object.assign(canvas, { width: width * dense, height: height * dense });
    const context = contextOf(canvas);
    context.scale(dense, dense);
    context.globalAlpha = 0.75;
    const radius = width < 480 ? 2 : 2.8;
    for (let row = 0; 2 * row < places.length; row += 1) {
      const [x, y] = this.toPixel([places[2 * row], places[2 * row + 1]]);
      context.fillStyle = colours[row];
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fill();
    }
    if (this.cursor) this.drawCursor(context, this.toPixel(this.cursor));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Place} place in pixels
   */
  drawCursor(context, [x, y]) {
    Object.assign(context, { globalAlpha: 1, lineWidth: 2, strokeStyle: getComputedStyle(this.canvas).color });
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.stroke();
  }

  /** @param {Place} place @returns {Place} */
  toPixel([x, y]) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    const [left, right, bottom, top] = this.frame ?? [0, 1, 0, 1];
    return [
      MARGIN + ((x - left) / (right - left)) * (width - 2 * MARGIN),
      MARGIN + ((top - y) / (top - bottom)) * (height - 2 * MARGIN),
    ];
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  point(px, py) {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!this.frame) return;
    const [left, right, bottom, top] = this.frame;
    this.moveTo([
      left + ((px - MARGIN) / (width - 2 * MARGIN)) * (right - left),
      top - ((py - MARGIN) / (height - 2 * MARGIN)) * (top - bottom),
    ]);
  }

  /** @param {Place} place */
  moveTo(place) {
    this.cursor = place;
    this.onPoint(place);
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = DIRECTIONS[event.key];
    if (!move || !this.frame || isCommand(event)) return;
    event.preventDefault();
    const [left, right, bottom, top] = this.frame;
    const [x, y] = this.cursor ?? [(left + right) / 2, (bottom + top) / 2];
    /** @type {Place} */
    const place = [x + move[0] * STEP * (right - left), y + move[1] * STEP * (top - bottom)];
    this.moveTo(place);
    studio.say(inWords(place));
  }
}

/** @param {Place} place */
export function inWords([x, y]) {
  return `x ${signed(x)}, y ${signed(y)}`;
}

/**
 * Lowest and highest x, and y.
 * @param {Float32Array} places
 * @param {number} tail share of the places that is left out at either end
 */
export function rangesOf(places, tail) {
  return [0, 1].map((axis) => {
    const values = places.filter((_, i) => i % 2 === axis).sort();
    const end = Math.floor(tail * values.length);
    return [values[end], values[values.length - 1 - end]];
  });
}

/** The frame that holds nearly all places, square in the plane's own units. @param {Float32Array} places */
function frameOf(places) {
  const [x, y] = rangesOf(places, TAIL);
  const half = Math.max(x[1] - x[0], y[1] - y[0], 1e-6) / 2;
  const [cx, cy] = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
  return [cx - half, cx + half, cy - half, cy + half];
}
