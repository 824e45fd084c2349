// @ts-check
/* Places on a plane: the nearest item, the atlas's cell, the way along a path. Nothing of the page in here. */
import { SIDE } from "./pixels.js";

/** @typedef {import("./strips.js").Place} Place */
/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {Pick<Plane, "codes" | "labels" | "count">} Codes */

/** Of the arrow keys, across and up. @type {Record<string, Place>} */
export const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * The row of the shown item nearest to a place, or -1. All are compared: for 10,000 it takes 30 microseconds, less than an
 * index would be worth.
 * @param {Codes} plane
 * @param {number} x
 * @param {number} y
 * @param {readonly boolean[]} shown whether items of a label count
 * @param {number} [reach] greatest distance, in units of the plane
 */
export function nearestRow(plane, x, y, shown, reach = Infinity) {
  const { codes, labels, count } = plane;
  let best = -1;
  let least = reach * reach;
  for (let row = 0; row < count; row += 1) {
    const dx = codes[2 * row] - x;
    const dy = codes[2 * row + 1] - y;
    const distance = dx * dx + dy * dy;
    if (distance < least && shown[labels[row]]) {
      least = distance;
      best = row;
    }
  }
  return best;
}

/**
 * Place of a row.
 * @param {Pick<Plane, "codes">} plane
 * @param {number} row
 * @returns {Place}
 */
export function placeOf(plane, row) {
  return [plane.codes[2 * row], plane.codes[2 * row + 1]];
}

/**
 * Top left pixel of the atlas cell that holds a place, or null beyond the atlas.
 * @param {Pick<Plane, "box" | "cells">} plane
 * @param {number} x
 * @param {number} y
 */
export function atlasCell(plane, x, y) {
  const { box, cells } = plane;
  const column = Math.floor(((x - box.x_min) / (box.x_max - box.x_min)) * cells);
  const row = Math.floor(((box.y_max - y) / (box.y_max - box.y_min)) * cells);
  if (column < 0 || row < 0 || column >= cells || row >= cells) return null;
  return { x: column * SIDE, y: row * SIDE };
}

/**
 * A code's places by noise level, parted where it leaps: goes further than a tenth of the plane from one level to the next,
 * as a searched code does where another part of the map comes to fit better.
 * @param {readonly Place[]} places
 * @param {{x_min: number, x_max: number}} box of the plane
 */
export function runsOf(places, { x_min: left, x_max: right }) {
  const leap = (right - left) / 10;
  /** @type {Place[][]} */
  const runs = [];
  places.forEach((place, i) => {
    const before = places[i - 1];
    if (before && Math.hypot(place[0] - before[0], place[1] - before[1]) < leap) runs[runs.length - 1].push(place);
    else runs.push([place]);
  });
  return runs;
}

/**
 * Where one run ends and where the next begins, a pair for each leap.
 * @template T
 * @param {readonly T[][]} runs
 * @returns {[T, T][]}
 */
export function leapsBetween(runs) {
  return runs.slice(1).map(([to], i) => [runs[i][runs[i].length - 1], to]);
}

/**
 * Round values within a range, for its axis, and the decimals that they need.
 * @param {number} low
 * @param {number} high
 * @param {number} most how many, about
 */
export function ticks(low, high, most) {
  const least = (high - low) / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
  const values = [];
  for (let i = Math.ceil(low / step); i * step <= high; i += 1) values.push(i * step);
  return { values, digits: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}

/**
 * Places evenly spaced along a polyline, its two ends included: each with the two ends of its leg and the share of the leg
 * that lies before it.
 * @param {readonly Place[]} points
 * @param {number} count
 * @returns {{place: Place, ends: [Place, Place], share: number}[]}
 */
export function stepsAlong(points, count) {
  const lengths = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Array.from({ length: count }, (_, step) => {
    let left = (total * step) / (count - 1);
    let leg = 0;
    while (leg < lengths.length - 1 && left > lengths[leg]) {
      left -= lengths[leg];
      leg += 1;
    }
    const share = lengths[leg] ? Math.min(left / lengths[leg], 1) : 0;
    const [from, to] = [points[leg], points[leg + 1]];
    const place = /** @type {Place} */ (from.map((at, axis) => at + (to[axis] - at) * share));
    return { place, share, ends: [from, to] };
  });
}
