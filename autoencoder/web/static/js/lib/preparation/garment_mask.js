// @ts-check
/* The pixels that differ from a picture's ground, which may be a gradient: autoencoder/data/garment_mask.py. */
import { solve } from "../engine/refinement.js";
import { hysteresis, otsu, percentile, solid } from "./regions.js";
import { rounded } from "./resample.js";

/** @typedef {import("./regions.js").Size} Size */

const TEXTURED = 6;
const BLUR = 1 / 75; // standard deviation, of the picture's longer side
const FITS = 4;
const SHARES = { least: 0.1, hole: 0.25 };
const WHITE = [0.95047, 1, 1.08883]; // D65
const TO_XYZ = [
  [0.412453, 0.35758, 0.180423],
  [0.212671, 0.71516, 0.072169],
  [0.019334, 0.119193, 0.950227],
];

/**
 * A mask of 1 where something stands out.
 * @param {Float32Array} colours red, green and blue in [0, 1] a pixel
 * @param {Size} size
 */
export function colourMask(colours, size) {
  let lab = toLab(colours);
  let { distance, unevenness } = fromGround(lab, size);
  if (unevenness > TEXTURED) {
    lab = blurred(lab, size);
    ({ distance, unevenness } = fromGround(lab, size));
  }
  const low = Math.max(3, 1.3 * unevenness + 1);
  const isFlat = distance.every((value) => value === distance[0]);
  const high = isFlat ? low : Math.max(low, 0.6 * otsu(distance));
  return solid(hysteresis(distance, size, low, high), size, SHARES);
}

/** CIE Lab of sRGB. @param {Float32Array} colours */
function toLab(colours) {
  const lab = new Float64Array(colours.length);
  for (let i = 0; i < colours.length; i += 3) {
    const [r, g, b] = [linear(colours[i]), linear(colours[i + 1]), linear(colours[i + 2])];
    const x = curve((TO_XYZ[0][0] * r + TO_XYZ[0][1] * g + TO_XYZ[0][2] * b) / WHITE[0]);
    const y = curve((TO_XYZ[1][0] * r + TO_XYZ[1][1] * g + TO_XYZ[1][2] * b) / WHITE[1]);
    const z = curve((TO_XYZ[2][0] * r + TO_XYZ[2][1] * g + TO_XYZ[2][2] * b) / WHITE[2]);
    lab[i] = 116 * y - 16;
    lab[i + 1] = 500 * (x - y);
    lab[i + 2] = 200 * (y - z);
  }
  return lab;
}

/** @param {number} value of sRGB */
function linear(value) {
  return value > 0.04045 ? ((value + 0.055) / 1.055) ** 2.4 : value / 12.92;
}

/** @param {number} t */
function curve(t) {
  return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
}

/**
 * Distance of each pixel from a plane in each channel, fitted to the border, and how uneven the border is.
 * @param {Float64Array} lab
 * @param {Size} size
 */
function fromGround(lab, { width, height }) {
  const rim = Math.max(1, rounded(0.02 * Math.min(width, height)));
  /** @type {number[]} */
  const edge = [];
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    if (Math.min(x, y, width - 1 - x, height - 1 - y) < rim) edge.push(pixel);
  }
  const terms = (/** @type {number} */ pixel) => [1, (pixel % width) / width, Math.floor(pixel / width) / height];
  const median = [0, 1, 2].map((c) =>
    percentile(
      Float64Array.from(edge, (pixel) => lab[3 * pixel + c]),
      50,
    ),
  );
  /** @type {number[][]} a row of three terms a channel */
  let planes = median.map((value) => [value, 0, 0]);
  const residual = (/** @type {number} */ pixel) => {
    const x = (pixel % width) / width;
    const y = Math.floor(pixel / width) / height;
    let sum = 0;
    for (let channel = 0; channel < 3; channel += 1) {
      const plane = planes[channel];
      sum += (lab[3 * pixel + channel] - plane[0] - plane[1] * x - plane[2] * y) ** 2;
    }
    return Math.sqrt(sum);
  };
  let weights = edge.map(residual);
  for (let fit = 0; fit < FITS; fit += 1) {
    // Where the garment touches the border, the residual is large: the farthest quarter has no say.
    const most = Math.max(1e-6, percentile(weights, 75));
    const near = edge.filter((_, i) => weights[i] <= most);
    planes = [0, 1, 2].map((channel) =>
      fitted(
        near.map(terms),
        near.map((pixel) => lab[3 * pixel + channel]),
      ),
    );
    weights = edge.map(residual);
  }
  const distance = Float64Array.from({ length: width * height }, (_, pixel) => residual(pixel));
  return { distance, unevenness: Math.min(percentile(weights, 90), 3 * percentile(weights, 70) + 1) };
}

/**
 * The least-squares weights of terms for values.
 * @param {number[][]} rows
 * @param {number[]} values
 */
function fitted(rows, values) {
  const sum = (/** @type {(row: number[], i: number) => number} */ term) =>
    rows.reduce((total, row, i) => total + term(row, i), 0);
  const normal = [0, 1, 2].map((i) => [0, 1, 2].map((j) => sum((row) => row[i] * row[j]) + (i === j ? 1e-9 : 0)));
  return solve(
    normal,
    [0, 1, 2].map((i) => sum((row, at) => row[i] * values[at])),
  );
}

/**
 * Each channel blurred by a Gaussian, the picture mirrored beyond its border.
 * @param {Float64Array} lab
 * @param {Size} size
 */
function blurred(lab, { width, height }) {
  const sigma = BLUR * Math.max(width, height);
  const radius = Math.floor(4 * sigma + 0.5);
  const heights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = heights.reduce((sum, one) => sum + one, 0);
  const mirrored = (/** @type {number} */ at, /** @type {number} */ length) => {
    const place = ((at % (2 * length)) + 2 * length) % (2 * length);
    return place < length ? place : 2 * length - 1 - place;
  };
  const along = (/** @type {Float64Array} */ from, /** @type {boolean} */ isRow) => {
    const found = new Float64Array(from.length);
    const [length, step] = isRow ? [width, 3] : [height, 3 * width];
    const places = Int32Array.from({ length: length + 2 * radius }, (_, i) => step * mirrored(i - radius, length));
    for (let i = 0; i < from.length; i += 1) {
      const at = Math.floor(i / step) % length;
      const start = i - at * step;
      let sum = 0;
      for (let k = 0; k < heights.length; k += 1) sum += heights[k] * from[start + places[at + k]];
      found[i] = sum / total;
    }
    return found;
  };
  return along(along(lab, true), false);
}
