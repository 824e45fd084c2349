// @ts-check
/* Figures of merit, as autoencoder/metrics.py computes them. */
import { PIXELS, SIDE } from "../pixels.js";
import { rowsOf } from "./rows.js";

/** @typedef {Float32Array} Picture 784 numbers in [0, 1] */

const [C1, C2] = [0.01 ** 2, 0.03 ** 2];
const RADIUS = 5;
const SPAN = 2 * RADIUS + 1;
const WEIGHTS = gaussian(1.5);
/** Row or column that stands at a position of the mirrored picture. */
const MIRROR = Int32Array.from({ length: SIDE + 2 * RADIUS }, (_, i) => {
  const inside = Math.abs(i - RADIUS);
  return inside < SIDE ? inside : 2 * (SIDE - 1) - inside;
});

/** @param {number} sigma in pixels */
function gaussian(sigma) {
  const heights = Array.from({ length: SPAN }, (_, i) => Math.exp(-((i - RADIUS) ** 2) / (2 * sigma ** 2)));
  const total = heights.reduce((sum, height) => sum + height, 0);
  return Float64Array.from(heights, (height) => height / total);
}

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
 * @param {Picture} a
 * @param {Picture} b
 */
function mse(a, b) {
  return mean(PIXELS, (i) => (a[i] - b[i]) ** 2);
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
 * A picture's mean and mean square over the Gaussian window around each pixel.
 * @param {Picture} picture
 */
function windows(picture) {
  return { picture, means: blurred(picture), squares: blurred(picture.map((x) => x * x)) };
}

/**
 * Over Gaussian windows of 11 x 11 pixels, the picture mirrored beyond its border.
 * @param {ReturnType<typeof windows>} a
 * @param {ReturnType<typeof windows>} b
 */
function ssim(a, b) {
  const products = blurred(a.picture.map((x, i) => x * b.picture[i]));
  return mean(PIXELS, (i) => {
    const [x, y] = [a.means[i], b.means[i]];
    return similarity(x, y, a.squares[i] + b.squares[i] - x * x - y * y, products[i] - x * y);
  });
}

/** Weighted means over the window around each pixel. @param {Float32Array} picture */
function blurred(picture) {
  return alongColumns(alongColumns(new Float64Array(picture)));
}

/** Weighted means along each column, as rows: done twice it turns the picture back. @param {Float64Array} picture */
function alongColumns(picture) {
  const found = new Float64Array(PIXELS);
  for (let x = 0; x < SIDE; x += 1) {
    for (let y = 0; y < SIDE; y += 1) {
      let sum = 0;
      for (let k = 0; k < SPAN; k += 1) sum += WEIGHTS[k] * picture[MIRROR[y + k] * SIDE + x];
      found[x * SIDE + y] = sum;
    }
  }
  return found;
}

/**
 * All figures of some pictures against one, by name, a number a picture; null is an infinite PSNR.
 * @param {Float32Array} pictures a row each
 * @param {Picture} target
 * @returns {Record<string, (number | null)[]>}
 */
export function scores(pictures, target) {
  const rows = rowsOf(pictures, PIXELS);
  const errors = rows.map((row) => mse(row, target));
  const around = windows(target);
  return {
    mse: errors,
    psnr: errors.map((error) => (error ? -10 * Math.log10(error) : null)),
    ssim: rows.map((row) => ssim(windows(row), around)),
    ssim_global: rows.map((row) => ssimGlobal(row, target)),
  };
}
