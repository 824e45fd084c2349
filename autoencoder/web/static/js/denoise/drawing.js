// @ts-check
/* The drawing itself: 28 x 28 coverages under a round brush with soft edges, and its history. */

import { SIDE } from "../lib/pixels.js";

const HISTORY = 60;

export class Drawing {
  constructor() {
    /** @type {Float32Array} shares covered, in [0, 1] */
    this.ink = new Float32Array(SIDE * SIDE);
    /** @type {Float32Array[]} */
    this.past = [];
  }

  /** Remember how it is now, for undo. */
  keep() {
    this.past.push(this.ink.slice());
    if (this.past.length > HISTORY) this.past.shift();
  }

  undo() {
    this.ink = this.past.pop() ?? this.ink;
  }

  clear() {
    this.keep();
    this.ink.fill(0);
  }

  /** Begin from another picture. @param {Uint8Array} bytes 784 grey levels */
  load(bytes) {
    this.keep();
    this.ink = Float32Array.from(bytes, (grey) => grey / 255);
  }

  /**
   * Draw a line with round ends. Each pixel takes the share of it that the brush covers, so that thin strokes are
   * grey, not jagged.
   * @param {readonly number[]} from in pixels
   * @param {readonly number[]} to in pixels
   * @param {number} radius in pixels
   */
  line([x0, y0], [x1, y1], radius) {
    const reach = radius + 1;
    const [left, right] = [Math.min(x0, x1) - reach, Math.max(x0, x1) + reach];
    const [top, bottom] = [Math.min(y0, y1) - reach, Math.max(y0, y1) + reach];
    for (let row = Math.max(0, Math.floor(top)); row <= Math.min(SIDE - 1, bottom); row += 1) {
      for (let column = Math.max(0, Math.floor(left)); column <= Math.min(SIDE - 1, right); column += 1) {
        const distance = distanceToSegment(column + 0.5, row + 0.5, x0, y0, x1, y1);
        const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
        const i = row * SIDE + column;
        this.ink[i] = Math.max(this.ink[i], cover);
      }
    }
  }

  bytes() {
    return Uint8Array.from(this.ink, (cover) => Math.round(cover * 255));
  }
}

/**
 * Distance of a point from the line between two others.
 * @param {number} x @param {number} y
 * @param {number} x0 @param {number} y0
 * @param {number} x1 @param {number} y1
 */
export function distanceToSegment(x, y, x0, y0, x1, y1) {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length = dx * dx + dy * dy;
  const along = length ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length)) : 0;
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}
