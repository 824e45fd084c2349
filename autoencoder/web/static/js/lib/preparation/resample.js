// @ts-check
/* Scaling as Pillow does it, so that both preparations see the same pixels. */

/** @typedef {{data: Float32Array, width: number, height: number}} Plane one number a pixel */

/** How much a pixel counts by its distance from the middle, in pixels of the result. */
const FILTERS = {
  box: { reach: 0.5, weight: (/** @type {number} */ x) => Number(x > -0.5 && x <= 0.5) },
  bilinear: { reach: 1, weight: (/** @type {number} */ x) => Math.max(0, 1 - Math.abs(x)) },
};

/** The nearest whole number, of two as near the even one, as Python rounds. @param {number} x not negative */
export function rounded(x) {
  const up = Math.round(x);
  return up - x === 0.5 && up % 2 ? up - 1 : up;
}

/**
 * A picture at another size.
 * @param {Plane} plane
 * @param {number} width
 * @param {number} height
 * @param {keyof typeof FILTERS} filter
 * @returns {Plane}
 */
export function resampled(plane, width, height, filter) {
  return turned(alongRows(turned(alongRows(plane, width, filter)), height, filter));
}

/**
 * @param {Plane} plane
 * @param {number} width of the result
 * @param {keyof typeof FILTERS} filter
 */
function alongRows(plane, width, filter) {
  const scale = plane.width / width;
  const wide = Math.max(1, scale);
  const { reach, weight } = FILTERS[filter];
  const data = new Float32Array(width * plane.height);
  for (let x = 0; x < width; x += 1) {
    const middle = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(middle - reach * wide + 0.5));
    const last = Math.min(plane.width, Math.trunc(middle + reach * wide + 0.5));
    const weights = Array.from({ length: last - first }, (_, i) => weight((first + i - middle + 0.5) / wide));
    const total = weights.reduce((sum, one) => sum + one, 0);
    for (let y = 0; y < plane.height; y += 1) {
      let sum = 0;
      for (let i = 0; i < weights.length; i += 1) sum += weights[i] * plane.data[y * plane.width + first + i];
      data[y * width + x] = sum / total;
    }
  }
  return { data, width, height: plane.height };
}

/** Rows as columns. @param {Plane} plane @returns {Plane} */
function turned({ data, width, height }) {
  const found = new Float32Array(data.length);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) found[x * height + y] = data[y * width + x];
  return { data: found, width: height, height: width };
}
