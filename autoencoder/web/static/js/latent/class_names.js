// @ts-check
/* Names of classes on the map, each where its points lie densest and no other name stands. */
import { placeOf } from "../lib/geometry.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("../lib/plane.js").Plane} Plane */
/**
 * @typedef {object} Label
 * @property {number} label the class
 * @property {Place} place
 */

const CELLS = 20; // along an edge of the plane: about the size of a name
const APART = [5, 2]; // cells between two names, across and up
// A point counts in its own cell, and half as much in those beside it: dx, dy, weight.
const SPREAD = [
  [0, 0, 2],
  [1, 0, 1],
  [-1, 0, 1],
  [0, 1, 1],
  [0, -1, 1],
];

/**
 * A place for each class that has points, those with the densest cluster first. Where other names took all of a
 * class's own cells, its name stands in the free cell nearest to them.
 * @param {Plane} plane
 * @param {number} classes how many
 * @returns {Label[]}
 */
export function labelPlaces(plane, classes) {
  const counts = countsByCell(plane, classes);
  const candidates = counts.flatMap((cells, label) => {
    const densest = cells.indexOf(Math.max(...cells));
    if (!cells[densest]) return [];
    return cells.map((count, cell) => {
      const [column, row] = [cell % CELLS, Math.floor(cell / CELLS)];
      const away = Math.hypot(column - (densest % CELLS), row - Math.floor(densest / CELLS));
      return { label, count, column, row, away };
    });
  });
  candidates.sort((a, b) => b.count - a.count || a.away - b.away);
  /** @type {typeof candidates} */
  const taken = [];
  for (const one of candidates) {
    const isNear = (/** @type {typeof one} */ other) =>
      Math.abs(one.column - other.column) < APART[0] && Math.abs(one.row - other.row) < APART[1];
    if (!taken.some((other) => other.label === one.label || isNear(other))) taken.push(one);
  }
  const { x_min: left, x_max: right, y_min: bottom, y_max: top } = plane.box;
  return taken.map(({ label, column, row }) => ({
    label,
    place: [left + ((column + 0.5) / CELLS) * (right - left), bottom + ((row + 0.5) / CELLS) * (top - bottom)],
  }));
}

/**
 * How many points of each class lie in each cell of a grid over the plane, smoothed.
 * @param {Plane} plane
 * @param {number} classes
 */
function countsByCell(plane, classes) {
  const { x_min: left, x_max: right, y_min: bottom, y_max: top } = plane.box;
  const counts = Array.from({ length: classes }, () => new Array(CELLS * CELLS).fill(0));
  const cellOf = (/** @type {number} */ share) => Math.floor(share * CELLS);
  for (let row = 0; row < plane.count; row += 1) {
    const [x, y] = placeOf(plane, row);
    const [column, line] = [cellOf((x - left) / (right - left)), cellOf((y - bottom) / (top - bottom))];
    const cells = counts[plane.labels[row]];
    for (const [dx, dy, weight] of SPREAD) {
      const [c, l] = [column + dx, line + dy];
      if (c >= 0 && l >= 0 && c < CELLS && l < CELLS) cells[l * CELLS + c] += weight;
    }
  }
  return counts;
}
