// @ts-check
/* The test items nearest to a place of the plane. */

/** @typedef {{index: number, label: number, x: number, y: number, distance: number}} Nearest */
/** @typedef {{codes: Float32Array, labels: Uint8Array, index: Uint16Array, count: number}} Codes */

/**
 * @param {Codes} plane
 * @param {number} x
 * @param {number} y
 * @param {number} count
 * @returns {Nearest[]} nearest first
 */
export function nearest({ codes, labels, index, count: rows }, x, y, count) {
  const distances = Float64Array.from({ length: rows }, (_, row) =>
    Math.hypot(codes[2 * row] - x, codes[2 * row + 1] - y),
  );
  /** @type {number[]} */
  const found = [];
  for (let row = 0; row < rows; row += 1) {
    if (found.length === count && distances[row] >= distances[found[count - 1]]) continue;
    const before = found.findIndex((other) => distances[row] < distances[other]);
    found.splice(before < 0 ? found.length : before, 0, row);
    found.length = Math.min(found.length, count);
  }
  return found.map((row) => ({
    index: index[row],
    label: labels[row],
    x: codes[2 * row],
    y: codes[2 * row + 1],
    distance: distances[row],
  }));
}
