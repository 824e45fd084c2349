// @ts-check
/* Ten pictures above what the model of this moment makes of them. */
import { make } from "../lib/dom.js";
import { PIXELS, SIDE, contextOf, drawGrey } from "../lib/pixels.js";

const GAP = 2; // pixels of theirs between two pictures

/**
 * Positions of one picture of each class, up to ten; of the first ten where there are no classes.
 * @param {Uint8Array} labels
 * @param {number} classes
 */
export function oneOfEach(labels, classes) {
  const found = Array.from({ length: classes }, (_, label) => labels.indexOf(label)).filter((row) => row >= 0);
  const others = Array.from(labels.keys()).filter((row) => !found.includes(row));
  return [...found, ...others].slice(0, 10);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array[]} rows pictures of 784 grey levels each, a row above the other
 */
export function drawRows(canvas, rows) {
  const count = rows[0].length / PIXELS;
  const pitch = SIDE + GAP;
  Object.assign(canvas, { width: count * pitch - GAP, height: rows.length * pitch - GAP });
  const context = contextOf(canvas);
  const one = make("canvas", { width: SIDE, height: SIDE });
  rows.forEach((pictures, row) => {
    for (let i = 0; i < count; i += 1) {
      drawGrey(one, pictures, i * PIXELS);
      context.drawImage(one, i * pitch, row * pitch);
    }
  });
}
