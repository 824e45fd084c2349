// @ts-check
/* Figures of merit, as autoencoder/metrics.py computes them. */
import { PIXELS, SIDE, meanSquaredError } from "../pixels.js";
import { dense } from "./network.js";
import { rowsOf } from "./rows.js";

/** @typedef {Float32Array} Picture 784 numbers in [0, 1] */

const [C1, C2] = [0.01 ** 2, 0.03 ** 2];
const RADIUS = 5;
const SIGMA = 1.5; // pixels
/** @type {import("./network.js").Rows | undefined} */
let blur;

/**
 * Mean of a function of the pixels.
 * @param {number} count
 * @param {(i: number) => number} value
 */
function mean(count, value) {
  let sum = 0;
  for (let i = 0; i < count; i += 1) sum += value(i);
  return sum / count;
}

/**
 * Similarity from means, variances and covariance (Wang et al., IEEE TIP 2004).
 * @param {number} meanA
 * @param {number} meanB
 * @param {number} variances their sum
 * @param {number} covariance
 */
function similarity(meanA, meanB, variances, covariance) {
  const luminance = (2 * meanA * meanB + C1) / (meanA ** 2 + meanB ** 2 + C1);
  return (luminance * (2 * covariance + C2)) / (variances + C2);
}

/**
 * Over one window as large as the picture.
 * @param {Picture} a
 * @param {Picture} b
 */
function ssimGlobal(a, b) {
  const [meanA, meanB] = [mean(PIXELS, (i) => a[i]), mean(PIXELS, (i) => b[i])];
  const variances = mean(PIXELS, (i) => (a[i] - meanA) ** 2 + (b[i] - meanB) ** 2);
  return similarity(
    meanA,
    meanB,
    variances,
    mean(PIXELS, (i) => (a[i] - meanA) * (b[i] - meanB)),
  );
}

/**
 * Over Gaussian windows of 11 x 11 pixels, the pictures mirrored beyond their border.
 * @param {Float32Array} pictures a row each
 * @param {Picture} target
 */
function ssim(pictures, target) {
  const [around, aroundSquared] = [target, target.map((x) => x * x)].map(blurred);
  const products = pictures.map((x, i) => x * target[i % PIXELS]);
  const [means, squares, together] = [pictures, pictures.map((x) => x * x), products].map(blurred);
  return Array.from({ length: pictures.length / PIXELS }, (_, row) =>
    mean(PIXELS, (i) => {
      const at = row * PIXELS + i;
      const [x, y] = [means[at], around[i]];
      return similarity(x, y, squares[at] + aroundSquared[i] - x * x - y * y, together[at] - x * y);
    }),
  );
}

/** Weighted means over the window around each pixel, columns for rows. @param {Float32Array} pictures */
function blurred(pictures) {
  blur ??= dense([{ weight: windows(), bias: new Float32Array(SIDE), activation: "" }]);
  const across = blur(pictures);
  const turned = new Float32Array(pictures.length);
  for (let i = 0; i < turned.length; i += 1) {
    const place = i % PIXELS;
    turned[i - place + (place % SIDE) * SIDE + Math.floor(place / SIDE)] = across[i];
  }
  return blur(turned);
}

/** The weights of a row's pixels in the window around each of them: a row of 28 for each. */
function windows() {
  const heights = Array.from({ length: 2 * RADIUS + 1 }, (_, k) => Math.exp(-((k - RADIUS) ** 2) / (2 * SIGMA ** 2)));
  const total = heights.reduce((sum, height) => sum + height, 0);
  const weights = new Float32Array(SIDE * SIDE);
  for (let middle = 0; middle < SIDE; middle += 1) {
    heights.forEach((height, k) => {
      const inside = Math.abs(middle + k - RADIUS);
      weights[middle * SIDE + (inside < SIDE ? inside : 2 * (SIDE - 1) - inside)] += height / total;
    });
  }
  return weights;
}

/**
 * All figures of some pictures against one, by name, a number a picture; null is an infinite PSNR.
 * @param {Float32Array} pictures a row each
 * @param {Picture} target
 * @returns {Record<string, (number | null)[]>}
 */
export function scores(pictures, target) {
  const rows = rowsOf(pictures, PIXELS);
  const errors = rows.map((row) => meanSquaredError(row, target));
  return {
    mse: errors,
    psnr: errors.map((error) => (error ? -10 * Math.log10(error) : null)),
    ssim: ssim(pictures, target),
    ssim_global: rows.map((row) => ssimGlobal(row, target)),
  };
}
