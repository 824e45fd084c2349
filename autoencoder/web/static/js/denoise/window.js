// @ts-check
/* Which part of the plane a small picture of it shows. */

const LEAST_SHARE = 0.015; // of the plane's width is the least that the window shows

/**
 * The part of a plane that holds some places, no smaller than a share of the plane, at one scale for both axes.
 * @param {readonly (readonly number[])[]} places
 * @param {{x_min: number, x_max: number}} box of the whole plane
 * @param {{width: number, height: number, margin: number}} size in pixels
 */
export function windowAround(places, box, { width, height, margin }) {
  const [[left, right], [bottom, top]] = [0, 1].map((axis) => {
    const values = places.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const scale = Math.min(
    (width - 2 * margin) / Math.max(right - left, LEAST_SHARE * (box.x_max - box.x_min)),
    (height - 2 * margin) / Math.max(top - bottom, 1e-6),
  );
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  return {
    width: width / scale,
    /** @param {readonly number[]} place @returns {[number, number]} */
    toPixel: ([px, py]) => [width / 2 + (px - x) * scale, height / 2 - (py - y) * scale],
  };
}
