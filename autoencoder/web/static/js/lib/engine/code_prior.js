// @ts-check
/* Conjugate-gradient steps from the encoder's wide code to the most probable one: autoencoder/model/code_prior.py, with the
   same constants. */
import { PIXELS } from "../pixels.js";
import { clippedMoments, dot, estimateLevel } from "./refinement.js";
import { join, rowsOf } from "./rows.js";

/** @typedef {import("./network.js").Differentiable} Differentiable */

const LEVELS = [0, 0.1, 0.25, 0.4, 0.6];
const TOLERANCE = 0.004;
const MODEL_ERROR = 0.005;
const DIFFERENCE = 0.08;
const TINY = 1e-12;
const CYCLE = 2;
const AT_ONCE = 64; // pictures: what their gradients need of memory grows with them

/**
 * What a model knows of its encoder's errors, a matrix at each of the levels.
 * @typedef {object} Prior
 * @property {Float32Array} precision inverse covariance of the errors
 * @property {Float32Array} gain inverse of the mean curvature
 */

/**
 * Codes nearer to the most probable ones.
 * @param {Prior} prior
 * @param {Differentiable} decode codes to pictures in [0, 1]
 * @param {Float32Array} start the encoder's codes, a row of `width` numbers a picture
 * @param {Float32Array} observed the pictures, a row each
 * @param {{width: number, steps: number}} options
 */
export function mostProbable(prior, decode, start, observed, { width, steps }) {
  const pictures = rowsOf(observed, AT_ONCE * PIXELS);
  return join(
    rowsOf(start, AT_ONCE * width).map((codes, part) => {
      const seen = rowsOf(pictures[part], PIXELS);
      const searches = rowsOf(codes, width).map((code, row) => new Search(prior, code, seen[row]));
      for (let number = 0; number < steps; number += 1) advance(searches, decode, number % CYCLE === 0);
      return join(searches.map((one) => one.code));
    }),
  );
}

/**
 * One step of searches side by side.
 * @param {Search[]} searches
 * @param {Differentiable} decode
 * @param {boolean} isMeasured whether its length is measured: else it is as long as the one before
 */
function advance(searches, decode, isMeasured) {
  const { value, pullback } = decode(join(searches.map((one) => one.code)));
  const here = rowsOf(value, PIXELS);
  const misfits = searches.map((one, row) => one.misfit(here[row]));
  const slopes = rowsOf(pullback(join(misfits)), searches[0].code.length);
  searches.forEach((one, row) => one.turn(slopes[row]));
  if (isMeasured) {
    const ahead = rowsOf(decode(join(searches.map((one) => one.ahead()))).value, PIXELS);
    searches.forEach((one, row) => one.measure(ahead[row]));
  }
  for (const one of searches) one.step();
}

/** The search for one picture's code. */
class Search {
  /**
   * @param {Prior} prior
   * @param {Float32Array} start
   * @param {Float32Array} observed
   */
  constructor(prior, start, observed) {
    this.prior = prior;
    this.start = start;
    this.observed = observed;
    this.code = start.slice();
    this.slope = start;
    this.direction = new Float32Array(start.length);
    this.length = 1;
    this.stride = 0;
    this.level = NaN;
    this.weight = NaN;
    this.here = observed;
    this.inside = new Float32Array(PIXELS);
  }

  /**
   * The slope, at each pixel, of how well a decode explains the picture; the first one tells the level of the noise.
   * @param {Float32Array} here
   */
  misfit(here) {
    if (Number.isNaN(this.level)) {
      this.level = estimateLevel(here, this.observed, MODEL_ERROR);
      this.weight = 1 / (this.level ** 2 + TOLERANCE);
    }
    this.here = here;
    const moments = new Float64Array(3);
    return this.observed.map((seen, i) => {
      clippedMoments(here[i], this.level, moments);
      this.inside[i] = moments[1];
      return (seen - moments[0]) * moments[1] * this.weight;
    });
  }

  /**
   * Turn to the next direction (Polak and Ribiere's).
   * @param {Float32Array} pull slope of the fit along the code
   */
  turn(pull) {
    const before = this.slope;
    const held = this.times(
      this.prior.precision,
      this.code.map((x, i) => x - this.start[i]),
    );
    this.slope = pull.map((x, i) => x - held[i]);
    const step = this.times(this.prior.gain, this.slope);
    const change = this.slope.map((x, i) => x - before[i]);
    const kept = Math.max(0, dot(change, step) / this.length);
    this.direction = step.map((x, i) => x + kept * this.direction[i]);
    this.length = Math.max(TINY, dot(this.slope, step));
  }

  get reach() {
    return DIFFERENCE / Math.max(TINY, Math.hypot(...this.direction));
  }

  /** A code a little further along the direction. */
  ahead() {
    const { code, direction, reach } = this;
    return code.map((x, i) => x + reach * direction[i]);
  }

  /**
   * Measure how far to go.
   * @param {Float32Array} ahead the decode there
   */
  measure(ahead) {
    const { here, inside, direction, reach } = this;
    const change = ahead.map((x, i) => ((x - here[i]) / reach) * inside[i]);
    const curvature = this.weight * dot(change, change) + dot(direction, this.times(this.prior.precision, direction));
    this.stride = dot(this.slope, direction) / Math.max(TINY, curvature);
  }

  step() {
    this.code = this.code.map((x, i) => x + this.stride * this.direction[i]);
  }

  /**
   * A matrix, linearly between those at the levels beside the picture's, times a vector.
   * @param {Float32Array} matrices
   * @param {Float32Array} vector
   */
  times(matrices, vector) {
    const level = Math.min(this.level, LEVELS[LEVELS.length - 1]);
    const above = Math.max(
      1,
      LEVELS.findIndex((each) => each >= level),
    );
    const share = (level - LEVELS[above - 1]) / (LEVELS[above] - LEVELS[above - 1]);
    const width = vector.length;
    const product = (/** @type {number} */ matrix, /** @type {number} */ row) => {
      const begin = (matrix * width + row) * width;
      return dot(matrices.subarray(begin, begin + width), vector);
    };
    return vector.map((_, row) => (1 - share) * product(above - 1, row) + share * product(above, row));
  }
}
