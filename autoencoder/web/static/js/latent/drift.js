// @ts-check
/* Where noise takes codes: places of some items by noise level, and their average moves. Nothing of the page in here. */
import { readSafetensors } from "../lib/engine/safetensors.js";

/**
 * As autoencoder/weights/noisy_codes.py writes them.
 * @typedef {object} NoisyCodes
 * @property {Float32Array} levels rising from 0
 * @property {Float32Array} rows of the items on the plane
 * @property {Float32Array} places x, y, x, y, ..., level after level
 */
/** @typedef {{x: number, y: number, items: number[], shares: number[]}} Arrow where it begins, and whose moves it averages */

const ARROWS = 250;
const LEAST = 4; // codes in a cell that gets an arrow
const REACH = 2; // cells: whose moves count
const WIDTH = 0.7; // of the Gaussian by which they count, in cells

/** @param {ArrayBuffer} file @returns {NoisyCodes} */
export function readNoisyCodes(file) {
  const { levels, rows, bounds, steps } = readSafetensors(file).tensors;
  const places = steps.data.map((step, i) => {
    const [low, high] = [bounds.data[i % 2], bounds.data[2 + (i % 2)]];
    return low + (step / 65535) * (high - low);
  });
  return { levels: levels.data, rows: rows.data, places };
}

/**
 * Places of all items at a level, between two that are known in proportion.
 * @param {NoisyCodes} codes
 * @param {number} level
 */
export function placesAt({ levels, rows, places }, level) {
  const size = 2 * rows.length;
  let next = 1;
  while (next < levels.length - 1 && levels[next] < level) next += 1;
  const [before, after] = [next - 1, next].map((row) => places.subarray(row * size, (row + 1) * size));
  const share = Math.min(1, (level - levels[next - 1]) / (levels[next] - levels[next - 1]));
  return before.map((at, i) => at + share * (after[i] - at));
}

/**
 * The average distance between two sets of places.
 * @param {Float32Array} from
 * @param {Float32Array} to
 */
export function meanDistance(from, to) {
  let sum = 0;
  for (let i = 0; i < from.length; i += 2) sum += Math.hypot(to[i] - from[i], to[i + 1] - from[i + 1]);
  return (2 * sum) / from.length;
}

/**
 * Some 250 arrows in the middle of the cells of a square grid that hold codes.
 * @param {Float32Array} codes of all items of the plane
 * @param {import("../lib/studio.js").Box} box beyond which there are none
 * @param {NoisyCodes} noisy
 * @returns {Arrow[]}
 */
export function arrowsOn(codes, box, noisy) {
  let side = Math.max(box.x_max - box.x_min, box.y_max - box.y_min) / 8;
  let cells = occupied(codes, box, side);
  while (cells.length < ARROWS && side > 1e-3 * (box.x_max - box.x_min)) {
    side *= 0.97;
    cells = occupied(codes, box, side);
  }
  const clean = placesAt(noisy, 0);
  return cells.map(([x, y]) => arrowAt(x, y, clean, side)).filter((arrow) => arrow.items.length);
}

/**
 * Middles of the cells that hold enough codes.
 * @param {Float32Array} codes
 * @param {import("../lib/studio.js").Box} box
 * @param {number} side of a cell
 */
function occupied(codes, { x_min: left, x_max: right, y_min: bottom, y_max: top }, side) {
  const [columns, rows] = [right - left, top - bottom].map((width) => Math.ceil(width / side));
  const counts = new Uint32Array(columns * rows);
  for (let i = 0; i < codes.length; i += 2) {
    const [column, row] = [Math.floor((codes[i] - left) / side), Math.floor((codes[i + 1] - bottom) / side)];
    if (column >= 0 && row >= 0 && column < columns && row < rows) counts[row * columns + column] += 1;
  }
  return [...counts].flatMap((count, cell) => {
    const [column, row] = [cell % columns, Math.floor(cell / columns)];
    return count < LEAST ? [] : [[left + (column + 0.5) * side, bottom + (row + 0.5) * side]];
  });
}

/**
 * @param {number} x
 * @param {number} y
 * @param {Float32Array} clean
 * @param {number} side of a cell
 * @returns {Arrow}
 */
function arrowAt(x, y, clean, side) {
  /** @type {number[]} */
  const items = [];
  /** @type {number[]} */
  const weights = [];
  for (let item = 0; 2 * item < clean.length; item += 1) {
    const distance = Math.hypot(clean[2 * item] - x, clean[2 * item + 1] - y) / side;
    if (distance > REACH) continue;
    items.push(item);
    weights.push(Math.exp(-0.5 * (distance / WIDTH) ** 2));
  }
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { x, y, items, shares: weights.map((weight) => weight / total) };
}

/**
 * Where each arrow ends: as far from its beginning as the codes around it moved on average; x, y, x, y, ...
 * @param {readonly Arrow[]} arrows
 * @param {Float32Array} clean
 * @param {Float32Array} moved
 */
export function endsOf(arrows, clean, moved) {
  const ends = new Float32Array(2 * arrows.length);
  arrows.forEach(({ x, y, items, shares }, i) => {
    ends.set([x, y], 2 * i);
    items.forEach((item, k) => {
      ends[2 * i] += shares[k] * (moved[2 * item] - clean[2 * item]);
      ends[2 * i + 1] += shares[k] * (moved[2 * item + 1] - clean[2 * item + 1]);
    });
  });
  return ends;
}
