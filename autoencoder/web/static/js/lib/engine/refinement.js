// @ts-check
/* Gauss-Newton steps from the encoder's code to one whose decode fits better: autoencoder/model/refinement.py, line by
   line, with the same constants. */
import { PIXELS, meanSquaredError } from "../pixels.js";

/** @typedef {(codes: Float32Array) => Float32Array} Decode codes to pictures in [0, 1], a row each */

export const MODEL_ERROR = 0.02;
const LEAST_LEVEL = 1e-3;
const LEVEL_STEPS = 4;
const DIFFERENCE = 0.02;
const DAMPING = 0.05;
const LEAST_DAMPING = 1e-6;
const LONGEST_STEP = 0.3;
const FAR = 6; // standard deviations beyond which a normal variable does not come, in float32
const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);

/**
 * Moments of `clip(mu + level * n, 0, 1)` with n ~ N(0, 1), written to `found`: the mean, the probability that it is not
 * clipped, and the mean squared distance from mu.
 * @param {number} mu in [0, 1]
 * @param {number} level
 * @param {Float64Array} found
 */
export function clippedMoments(mu, level, found) {
  const below = mu / level;
  const above = (1 - mu) / level;
  const peakBelow = below < FAR ? Math.exp(-0.5 * below * below) : 0;
  const peakAbove = above < FAR ? Math.exp(-0.5 * above * above) : 0;
  const keptBelow = halfNormal(below, peakBelow);
  const keptAbove = halfNormal(above, peakAbove);
  const densityZero = peakBelow / ROOT_TWO_PI;
  const densityOne = peakAbove / ROOT_TWO_PI;
  const inside = keptBelow + keptAbove;
  const spread = level * level * (inside - below * densityZero - above * densityOne);
  found[0] = mu * inside + level * (densityZero - densityOne) + 0.5 - keptAbove;
  found[1] = inside;
  found[2] = spread + mu * mu * (0.5 - keptBelow) + (1 - mu) ** 2 * (0.5 - keptAbove);
}

/**
 * Probability of N(0, 1) between 0 and x >= 0, to 1e-7 (Abramowitz and Stegun, 7.1.26).
 * @param {number} x
 * @param {number} peak exp(-x^2 / 2)
 */
function halfNormal(x, peak) {
  if (!peak) return 0.5;
  const t = 1 / (1 + 0.3275911 * x * Math.SQRT1_2);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 - 0.5 * series * peak;
}

/**
 * Level of the Gaussian noise, from the misfit between a noisy picture and a guess of the clean one.
 * @param {Float32Array} clean
 * @param {Float32Array} noisy
 * @param {number} [modelError] squared error per pixel of the guess on clean pictures
 */
export function estimateLevel(clean, noisy, modelError = MODEL_ERROR) {
  const excess = Math.max(0, meanSquaredError(noisy, clean) - modelError);
  const bounded = (/** @type {number} */ level) => Math.min(1, Math.max(LEAST_LEVEL, level));
  const moments = new Float64Array(3);
  let level = bounded(Math.sqrt(1.5 * excess));
  for (let step = 0; step < LEVEL_STEPS; step += 1) {
    let implied = 0;
    for (let i = 0; i < PIXELS; i += 1) {
      clippedMoments(clean[i], level, moments);
      implied += moments[2];
    }
    level = bounded(level * Math.sqrt(excess / (implied / PIXELS)));
  }
  return level;
}

/**
 * Codes that explain pictures better than the given ones. Of all codes on the way, the guess included, the one with the
 * smallest misfit is returned.
 * @param {Decode} decode
 * @param {Float32Array} guess a row of `width` numbers a picture
 * @param {Float32Array} observed the pictures, a row each
 * @param {{width: number, steps: number, allowForNoise: boolean}} options
 */
export function refine(decode, guess, observed, { width, steps, allowForNoise }) {
  const count = guess.length / width;
  const best = guess.slice();
  const least = new Float64Array(count).fill(Infinity);
  const levels = new Float64Array(count);
  const z = guess.slice();
  for (let step = 0; step <= steps; step += 1) {
    const isLast = step === steps;
    const decoded = decode(isLast ? z : withNeighbours(z, width));
    for (let row = 0; row < count; row += 1) {
      const here = pictureAt(decoded, row);
      const target = pictureAt(observed, row);
      if (allowForNoise && step === 0) levels[row] = estimateLevel(here, target);
      const { residual, inside, misfit } = residualOf(here, target, levels[row]);
      const code = z.subarray(row * width, (row + 1) * width);
      if (misfit < least[row]) {
        least[row] = misfit;
        best.set(code, row * width);
      }
      if (isLast) continue;
      const slopes = Array.from({ length: width }, (_, axis) => {
        return slopeOf(pictureAt(decoded, (axis + 1) * count + row), here, inside);
      });
      dampedStep(slopes, residual, misfit).forEach((change, axis) => {
        code[axis] += change;
      });
    }
  }
  return best;
}

/**
 * The codes, then the codes moved a little along each axis in turn.
 * @param {Float32Array} z
 * @param {number} width
 */
function withNeighbours(z, width) {
  const places = new Float32Array(z.length * (1 + width));
  for (let block = 0; block <= width; block += 1) {
    places.set(z, block * z.length);
    if (block) for (let i = block - 1; i < z.length; i += width) places[block * z.length + i] += DIFFERENCE;
  }
  return places;
}

/**
 * @param {Float32Array} pictures
 * @param {number} row
 */
function pictureAt(pictures, row) {
  return pictures.subarray(row * PIXELS, (row + 1) * PIXELS);
}

/**
 * What the expected noisy decode leaves unexplained, and how far each pixel answers to a change of the decode.
 * @param {Float32Array} decoded
 * @param {Float32Array} observed
 * @param {number} level of the noise; 0 for none
 */
function residualOf(decoded, observed, level) {
  const [residual, inside] = [new Float32Array(PIXELS), new Float32Array(PIXELS).fill(1)];
  const moments = new Float64Array(3);
  let sum = 0;
  for (let i = 0; i < PIXELS; i += 1) {
    let expected = decoded[i];
    if (level) {
      clippedMoments(expected, level, moments);
      expected = moments[0];
      inside[i] = moments[1];
    }
    residual[i] = observed[i] - expected;
    sum += residual[i] ** 2;
  }
  return { residual, inside, misfit: sum / PIXELS };
}

/**
 * Derivative of the expected noisy decode along an axis.
 * @param {Float32Array} moved the decode a little further along it
 * @param {Float32Array} here
 * @param {Float32Array} inside
 */
function slopeOf(moved, here, inside) {
  const slope = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i += 1) slope[i] = ((moved[i] - here[i]) / DIFFERENCE) * inside[i];
  return slope;
}

/**
 * Damped least-squares step of one code.
 * @param {Float32Array[]} slopes a row of pixels an axis
 * @param {Float32Array} residual
 * @param {number} misfit
 */
function dampedStep(slopes, residual, misfit) {
  const normal = slopes.map((a, i) => slopes.map((b, j) => (j <= i ? dot(a, b) : 0)));
  normal.forEach((row, i) => {
    row[i] += DAMPING * row[i] + PIXELS * misfit + LEAST_DAMPING;
  });
  const step = solve(
    normal,
    slopes.map((slope) => dot(slope, residual)),
  );
  const length = Math.hypot(...step);
  return length > LONGEST_STEP ? step.map((part) => (part * LONGEST_STEP) / length) : step;
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i] * b[i];
  return sum;
}

/**
 * Solve a symmetric positive definite system by Cholesky's method.
 * @param {number[][]} matrix its lower half is read, and overwritten
 * @param {number[]} right
 */
export function solve(matrix, right) {
  const solution = right.slice();
  matrix.forEach((row, i) => {
    for (let j = 0; j < i; j += 1) {
      for (let k = 0; k < j; k += 1) row[j] -= row[k] * matrix[j][k];
      row[j] /= matrix[j][j];
      row[i] -= row[j] ** 2;
      solution[i] -= row[j] * solution[j];
    }
    row[i] = Math.sqrt(row[i]);
    solution[i] /= row[i];
  });
  for (let i = matrix.length - 1; i >= 0; i -= 1) {
    for (let k = i + 1; k < matrix.length; k += 1) solution[i] -= matrix[k][i] * solution[k];
    solution[i] /= matrix[i][i];
  }
  return solution;
}
