// @ts-check
/* Global search of two-number codes over a decoded grid of the plane: autoencoder/model/search.py. */
import { PIXELS } from "../pixels.js";
import { dense } from "./network.js";
import { clippedMoments } from "./refinement.js";

/** @typedef {import("./refinement.js").Decode} Decode */
/** @typedef {{points: Float32Array, squares: Float32Array, rests: Float32Array}} View */

const SPACING = 0.16; // of the levels of noise that cells are expected under
const LEVELS = Array.from({ length: 5 }, (_, i) => SPACING * i);
const COMPONENTS = 64;
const FIRST = 16; // of them tell of most cells that they are not the nearest
const SAMPLED = 8192; // cells that the components are found from: with fewer, one picture in 15 gets another cell than in torch
const TURNS = 10; // of the subspace iteration
const TABLE = 1024; // steps between black and white

export class SearchGrid {
  /**
   * @param {Decode} decode
   * @param {Float32Array} box least x and y, greatest x and y
   * @param {{cells: number, isNoisy: boolean}} options cells a side; whether pictures may carry noise
   */
  constructor(decode, [left, bottom, right, top], { cells, isNoisy }) {
    const share = (/** @type {number} */ cell) => (cell + 0.5) / cells;
    this.codes = new Float32Array(2 * cells * cells);
    for (let i = 0; i < cells * cells; i += 1) {
      this.codes[2 * i] = left + share(Math.floor(i / cells)) * (right - left);
      this.codes[2 * i + 1] = bottom + share(i % cells) * (top - bottom);
    }
    const images = decode(this.codes);
    const noisiest = isNoisy ? expected(images, LEVELS[LEVELS.length - 1]) : new Float32Array();
    const { mean, project } = principalComponents(sampled(images, noisiest));
    this.project = project;
    /** @type {View[]} how the cells look on average, by level */
    this.views = (isNoisy ? LEVELS : [0]).map((level) => {
      const seen = level ? expected(images, level) : images;
      const points = project(seen);
      return { points, squares: rowSquares(seen, mean), rests: restsOf(points) };
    });
  }

  /**
   * Codes of the cells nearest to pictures.
   * @param {Float32Array} pictures a row each
   * @param {Float64Array | number[]} levels of the noise in each
   */
  best(pictures, levels) {
    const projected = this.project(pictures);
    const found = new Float32Array(2 * levels.length);
    levels.forEach((level, row) => {
      const at = Math.min(level / SPACING, this.views.length - 1);
      const below = Math.floor(at);
      const around = /** @type {const} */ ([
        [this.views[below], below + 1 - at],
        [this.views[below + 1] ?? this.views[below], at - below],
      ]);
      const cell = nearestRow(around, projected.subarray(row * COMPONENTS, (row + 1) * COMPONENTS));
      found.set(this.codes.subarray(2 * cell, 2 * cell + 2), 2 * row);
    });
    return found;
  }
}

/** Lengths of rows without their first components. @param {Float32Array} points */
function restsOf(points) {
  return Float32Array.from({ length: points.length / COMPONENTS }, (_, row) => {
    let sum = 0;
    for (let i = FIRST; i < COMPONENTS; i += 1) sum += points[row * COMPONENTS + i] ** 2;
    return Math.sqrt(sum);
  });
}

/**
 * The row with the least squared distance, a weighted mean of the distances in two views.
 * @param {readonly (readonly [View, number])[]} around two views and their weights
 * @param {Float32Array} point
 */
function nearestRow([[low, lowWeight], [high, highWeight]], point) {
  const [rest] = restsOf(point);
  const [lowPoint, highPoint] = [point.map((x) => x * lowWeight), point.map((x) => x * highWeight)];
  const along = (/** @type {number} */ start, /** @type {number} */ from, /** @type {number} */ to) =>
    product(low.points, start, lowPoint, from, to) +
    (highWeight ? product(high.points, start, highPoint, from, to) : 0);
  let [best, least] = [0, Infinity];
  for (let row = 0; row < low.squares.length; row += 1) {
    const start = row * COMPONENTS;
    const square = lowWeight * low.squares[row] + highWeight * high.squares[row];
    const first = along(start, 0, FIRST);
    // However well the other components agree, the cell lies farther than the nearest so far.
    const mostMore = (lowWeight * low.rests[row] + highWeight * high.rests[row]) * rest;
    if (square - 2 * (first + mostMore) >= least) continue;
    const distance = square - 2 * (first + along(start, FIRST, COMPONENTS));
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

/**
 * Part of the inner product of a row and a point: its terms in [from, to).
 * @param {Float32Array} points
 * @param {number} start of the row
 * @param {Float32Array} point
 * @param {number} from
 * @param {number} to
 */
function product(points, start, point, from, to) {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += points[start + i] * point[i];
  return sum;
}

/**
 * Squared distance of each picture from the mean.
 * @param {Float32Array} images
 * @param {Float32Array} mean
 */
function rowSquares(images, mean) {
  const squares = new Float32Array(images.length / PIXELS);
  for (let row = 0; row < squares.length; row += 1) {
    let sum = 0;
    for (let i = 0; i < PIXELS; i += 1) sum += (images[row * PIXELS + i] - mean[i]) ** 2;
    squares[row] = sum;
  }
  return squares;
}

/**
 * What pictures look like on average under clipped Gaussian noise, from a table: the mean depends on the grey alone.
 * @param {Float32Array} images
 * @param {number} level
 */
function expected(images, level) {
  const moments = new Float64Array(3);
  const table = Float32Array.from({ length: TABLE + 2 }, (_, i) => {
    clippedMoments(Math.min(1, i / TABLE), level, moments);
    return moments[0];
  });
  const found = new Float32Array(images.length);
  for (let i = 0; i < images.length; i += 1) {
    const at = images[i] * TABLE;
    const below = Math.floor(at);
    found[i] = table[below] + (at - below) * (table[below + 1] - table[below]);
  }
  return found;
}

/**
 * Some of the pictures of several stacks, evenly.
 * @param {Float32Array[]} stacks
 */
function sampled(...stacks) {
  const counts = stacks.map((images) => images.length / PIXELS);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const kept = Math.min(all, SAMPLED);
  const rows = new Float32Array(kept * PIXELS);
  for (let row = 0; row < kept; row += 1) {
    const at = Math.floor((row * all) / kept);
    const [images, from] = at < counts[0] ? [stacks[0], at] : [stacks[1], at - counts[0]];
    rows.set(images.subarray(from * PIXELS, (from + 1) * PIXELS), row * PIXELS);
  }
  return rows;
}

/**
 * The leading principal components of pictures, by subspace iteration, as a function that projects rows on them; and the mean.
 * @param {Float32Array} images
 */
function principalComponents(images) {
  const count = images.length / PIXELS;
  const mean = new Float32Array(PIXELS);
  for (let i = 0; i < images.length; i += 1) mean[i % PIXELS] += images[i] / count;
  const centred = images.map((x, i) => x - mean[i % PIXELS]);
  const columns = turned(centred, PIXELS);
  const none = new Float32Array(COMPONENTS);
  // Begun with pictures, which lie near the space that is sought.
  let basis = orthonormal(centred.slice(0, COMPONENTS * PIXELS).map((x, i) => x + ((i * 7919) % 101) / 1e4));
  for (let turn = 0; turn < TURNS; turn += 1) {
    const along = dense([{ weight: basis, bias: none, activation: "" }])(centred); // (count, COMPONENTS)
    const next = dense([{ weight: turned(along, COMPONENTS), bias: none, activation: "" }])(columns);
    basis = orthonormal(turned(next, COMPONENTS));
  }
  const bias = none.map((_, k) => {
    let sum = 0;
    for (let i = 0; i < PIXELS; i += 1) sum -= basis[k * PIXELS + i] * mean[i];
    return sum;
  });
  return { mean, project: dense([{ weight: basis, bias, activation: "" }]) };
}

/**
 * Rows of `width` numbers as columns.
 * @param {Float32Array} rows
 * @param {number} width
 */
function turned(rows, width) {
  const count = rows.length / width;
  const found = new Float32Array(rows.length);
  for (let row = 0; row < count; row += 1) {
    for (let i = 0; i < width; i += 1) found[i * count + row] = rows[row * width + i];
  }
  return found;
}

/** Rows of the same span, orthonormal (Gram and Schmidt, twice for rounding's sake). @param {Float32Array} rows */
function orthonormal(rows) {
  const found = Float32Array.from(rows);
  for (let start = 0; start < found.length; start += PIXELS) {
    const row = found.subarray(start, start + PIXELS);
    for (let pass = 0; pass < 2; pass += 1) {
      for (let before = 0; before < start; before += PIXELS) {
        let along = 0;
        for (let i = 0; i < PIXELS; i += 1) along += row[i] * found[before + i];
        for (let i = 0; i < PIXELS; i += 1) row[i] -= along * found[before + i];
      }
    }
    const length = Math.sqrt(row.reduce((sum, x) => sum + x * x, 0)) || 1;
    for (let i = 0; i < PIXELS; i += 1) row[i] /= length;
  }
  return found;
}
