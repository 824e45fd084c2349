// @ts-check
/* Many pictures on one canvas. */
import { make } from "./dom.js";
import { PIXELS, SIDE, contextOf, drawGrey } from "./pixels.js";

/**
 * @param {HTMLCanvasElement} canvas is made as large as they need
 * @param {Uint8Array[]} rows pictures of 784 grey levels each, a row above the other
 * @param {number} [gap] pixels between two pictures
 */
export function drawRows(canvas, rows, gap = 0) {
  const count = rows[0].length / PIXELS;
  const pitch = SIDE + gap;
  Object.assign(canvas, { width: count * pitch - gap, height: rows.length * pitch - gap });
  const context = contextOf(canvas);
  const one = make("canvas", { width: SIDE, height: SIDE });
  rows.forEach((pictures, row) => {
    for (let i = 0; i < count; i += 1) {
      drawGrey(one, pictures, i * PIXELS);
      context.drawImage(one, i * pitch, row * pitch);
    }
  });
}
