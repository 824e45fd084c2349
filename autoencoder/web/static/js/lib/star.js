// @ts-check
/* The star that marks a picture's clean code. */

/**
 * Corners of a five-pointed star about the origin, its first point upward.
 * @param {number} outer radius of the points
 * @param {number} inner radius of the notches
 * @returns {[number, number][]}
 */
export function starCorners(outer, inner) {
  return Array.from({ length: 10 }, (_, i) => {
    const radius = i % 2 ? inner : outer;
    const angle = (i * Math.PI) / 5 - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}
