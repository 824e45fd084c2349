// @ts-check
/* Codes of any width on a plane that turns as little as it can while they move. */

const TURNS = 4; // of the power iteration, at each look

/** @typedef {[number, number]} Place */

/** Two orthonormal directions in which codes vary most, found by power iteration from those of before. */
export class Projection {
  /** @param {number} width numbers of a code */
  constructor(width) {
    this.width = width;
    this.mean = new Float32Array(width);
    /** @type {Float32Array[]} */
    this.axes = [0, 1].map((axis) => Float32Array.from({ length: width }, (_, i) => Number(i === axis)));
  }

  /** Follow codes, a row each. Two numbers are the plane as they are, and one is its x. @param {Float32Array} codes */
  follow(codes) {
    const { width } = this;
    if (width <= 2) return;
    const count = codes.length / width;
    this.mean = this.mean.map((_, i) => {
      let sum = 0;
      for (let at = i; at < codes.length; at += width) sum += codes[at];
      return sum / count;
    });
    for (let turn = 0; turn < TURNS; turn += 1) {
      const [first, second] = this.axes.map((axis) => this.stretched(codes, axis));
      const x = unit(first, this.axes[0]);
      const overlap = x.reduce((sum, value, i) => sum + value * second[i], 0);
      const rest = second.map((value, i) => value - overlap * x[i]);
      this.axes = [x, unit(rest, this.axes[1])];
    }
  }

  /**
   * The codes' covariance times a direction.
   * @param {Float32Array} codes
   * @param {Float32Array} axis
   */
  stretched(codes, axis) {
    const { width, mean } = this;
    const found = new Float32Array(width);
    for (let row = 0; row < codes.length; row += width) {
      let along = 0;
      for (let i = 0; i < width; i += 1) along += (codes[row + i] - mean[i]) * axis[i];
      for (let i = 0; i < width; i += 1) found[i] += along * (codes[row + i] - mean[i]);
    }
    return found;
  }

  /** Places of codes: x, y, x, y, ... A single number's y only spreads them. @param {Float32Array} codes */
  places(codes) {
    const { width, mean, axes } = this;
    const places = new Float32Array((2 * codes.length) / width);
    for (let row = 0; row < codes.length / width; row += 1) {
      for (let axis = 0; axis < 2; axis += 1) {
        let along = 0;
        for (let i = 0; i < width; i += 1) along += (codes[row * width + i] - mean[i]) * axes[axis][i];
        places[2 * row + axis] = along;
      }
    }
    return width === 1 ? spread(places) : places;
  }

  /** The code at a place, nearest to the mean. @param {Place} place */
  code([x, y]) {
    return this.mean.map((middle, i) => middle + x * this.axes[0][i] + y * this.axes[1][i]);
  }
}

/**
 * A vector of length 1 along another; what it was before if that one has no direction: codes may all be alike for a moment.
 * @param {Float32Array} vector
 * @param {Float32Array} before
 */
function unit(vector, before) {
  const length = Math.hypot(...vector);
  return length ? vector.map((value) => value / length) : before;
}

/** Places of a line, evenly over the height, the same at each look. @param {Float32Array} places */
function spread(places) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < places.length; i += 2) {
    low = Math.min(low, places[i]);
    high = Math.max(high, places[i]);
  }
  for (let row = 0; 2 * row < places.length; row += 1) {
    places[2 * row + 1] = (((row * (Math.sqrt(5) - 1)) / 2) % 1) * (high - low) - (high - low) / 2;
  }
  return places;
}
