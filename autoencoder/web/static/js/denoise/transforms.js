// @ts-check
/* Small changes of a picture: shifted, turned, scaled, by bilinear interpolation. Nothing of the page in here. */
import { signed } from "../lib/format.js";
import { PIXELS, SIDE } from "../lib/pixels.js";

/** @typedef {"shift" | "turn" | "scale"} Kind */

export const STEPS = 25; // of a path, the middle one unchanged
const MIDDLE = (SIDE - 1) / 2;
const MOST_SHIFT = 4; // pixels to either side
const MOST_TURN = 40; // degrees
const MOST_SCALE = 1.4;

/** How far a step is from the middle, from -1 to 1. @param {number} step */
const share = (step) => (2 * step) / (STEPS - 1) - 1;

/** @type {Record<Kind, (step: number) => string>} */
export const AMOUNTS = {
  shift: (step) => `${signed(MOST_SHIFT * share(step), 1)} pixels`,
  turn: (step) => `${signed(MOST_TURN * share(step), 0)} degrees`,
  scale: (step) => `a factor of ${(MOST_SCALE ** share(step)).toFixed(2)}`,
};

/**
 * All steps of a change, 784 grey levels each.
 * @param {Uint8Array} image
 * @param {Kind} kind
 */
export function path(image, kind) {
  const pictures = new Uint8Array(STEPS * PIXELS);
  for (let step = 0; step < STEPS; step += 1) {
    const sourceOf = backwards(kind, share(step));
    for (let i = 0; i < PIXELS; i += 1) {
      const [x, y] = sourceOf((i % SIDE) - MIDDLE, Math.floor(i / SIDE) - MIDDLE);
      pictures[step * PIXELS + i] = Math.round(sampled(image, x + MIDDLE, y + MIDDLE));
    }
  }
  return pictures;
}

/**
 * Where in the unchanged picture a pixel comes from, both from the middle.
 * @param {Kind} kind
 * @param {number} amount from -1 to 1
 * @returns {(x: number, y: number) => [number, number]}
 */
function backwards(kind, amount) {
  if (kind === "shift") return (x, y) => [x - MOST_SHIFT * amount, y];
  if (kind === "scale") return (x, y) => [x / MOST_SCALE ** amount, y / MOST_SCALE ** amount];
  const angle = (MOST_TURN * amount * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => [cos * x + sin * y, cos * y - sin * x];
}

/** @param {Uint8Array} image @param {number} x @param {number} y */
function sampled(image, x, y) {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  const at = (/** @type {number} */ column, /** @type {number} */ row) =>
    column < 0 || row < 0 || column >= SIDE || row >= SIDE ? 0 : image[row * SIDE + column];
  const above = at(left, top) * (1 - right) + at(left + 1, top) * right;
  const below = at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right;
  return above * (1 - down) + below * down;
}
