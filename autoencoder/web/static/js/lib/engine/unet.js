// @ts-check
/* The small U-Net of autoencoder/model/unet.py. Its convolutions are gathered into matrices here (channels last): jax-js's
   own take 80 times as long in WebAssembly. */
import { PIXELS, SIDE } from "../pixels.js";
import { dense, inParts, sequential } from "./network.js";

/** @typedef {import("./network.js").Layer} Layer */
/** @typedef {import("./network.js").Rows} Rows */

const LARGEST = 64; // pictures at once: a gathered layer of them takes 7 MB

/**
 * The U-Net of a name as a function of pictures, a row each; without such tensors it leaves them as they are.
 * @param {import("./network.js").Tensors} tensors
 * @param {string} name
 * @returns {Rows}
 */
export function unetOf(tensors, name) {
  if (!(`${name}.fine.1.weight` in tensors)) return (pictures) => pictures;
  const part = (/** @type {string} */ which) => sequential(tensors, `${name}.${which}`);
  const [half, quarter] = [SIDE / 2, SIDE / 4];
  const channels = part("fine")[0].bias.length;
  const fine = convolutions(part("fine"), half, 4);
  const coarse = convolutions(part("coarse"), quarter, 4 * channels);
  const merge = convolutions(part("merge"), half, channels);
  const [pixels, features] = [folding(half, 1), folding(quarter, channels)];
  return inParts(LARGEST * PIXELS, (pictures) => {
    const found = fine(pixels.folded(pictures));
    add(found, features.unfolded(coarse(features.folded(found))));
    const correction = pixels.unfolded(merge(found));
    add(correction, pictures);
    return correction;
  });
}

/**
 * @param {Float32Array} sum changed
 * @param {Float32Array} other
 */
function add(sum, other) {
  for (let i = 0; i < sum.length; i += 1) sum[i] += other[i];
}

/**
 * @param {Layer[]} layers of 1 x 1 or 3 x 3
 * @param {number} side of the pictures
 * @param {number} inputs channels of the first
 * @returns {Rows}
 */
function convolutions(layers, side, inputs) {
  const steps = layers.map((layer, i) => {
    const channels = i ? layers[i - 1].bias.length : inputs;
    const size = Math.sqrt(layer.weight.length / (layer.bias.length * channels));
    const multiply = dense([{ ...layer, weight: reordered(layer.weight, channels, size * size) }]);
    return (/** @type {Float32Array} */ x) => multiply(size === 1 ? x : patches(x, side, channels));
  });
  return (x) => steps.reduce((input, step) => step(input), x);
}

/**
 * Weights `(outputs, channels, places)` as `(outputs, places, channels)`.
 * @param {Float32Array} weight
 * @param {number} channels
 * @param {number} places
 */
function reordered(weight, channels, places) {
  return weight.map((_, i) => {
    const [output, rest] = [Math.floor(i / (channels * places)), i % (channels * places)];
    return weight[(output * channels + (rest % channels)) * places + Math.floor(rest / channels)];
  });
}

/**
 * For each pixel of pictures `(B, side, side, channels)` the 3 x 3 pixels around it, black beyond the border.
 * @param {Float32Array} x
 * @param {number} side
 * @param {number} channels
 */
function patches(x, side, channels) {
  const found = new Float32Array(9 * x.length);
  const rows = x.length / (side * channels);
  for (let place = 0; place < 9; place += 1) {
    const dx = (place % 3) - 1;
    const dy = Math.floor(place / 3) - 1;
    const [left, right] = [Math.max(0, -dx), Math.min(side, side - dx)];
    for (let row = 0; row < rows; row += 1) {
      const y = (row % side) + dy;
      if (y < 0 || y >= side) continue;
      for (let column = left; column < right; column += 1) {
        const pixel = row * side + column;
        const from = (pixel + dy * side + dx) * channels;
        const to = (9 * pixel + place) * channels;
        for (let i = 0; i < channels; i += 1) found[to + i] = x[from + i];
      }
    }
  }
  return found;
}

/**
 * 2 x 2 pixels folded into channels, `(B, 2 side, 2 side, channels)` to `(B, side, side, 4 channels)`, and the way back.
 * @param {number} side
 * @param {number} channels
 */
function folding(side, channels) {
  const size = 4 * side * side * channels;
  const places = Int32Array.from({ length: size }, (_, wide) => {
    const [channel, pixel] = [wide % channels, Math.floor(wide / channels)];
    const [x, y] = [pixel % (2 * side), Math.floor(pixel / (2 * side))];
    const place = Math.floor(y / 2) * side + Math.floor(x / 2);
    return 4 * (place * channels + channel) + 2 * (y % 2) + (x % 2);
  });
  return {
    /** @type {Rows} */
    folded(x) {
      const found = new Float32Array(x.length);
      for (let start = 0; start < x.length; start += size) {
        for (let i = 0; i < size; i += 1) found[start + places[i]] = x[start + i];
      }
      return found;
    },
    /** @type {Rows} */
    unfolded(x) {
      const found = new Float32Array(x.length);
      for (let start = 0; start < x.length; start += size) {
        for (let i = 0; i < size; i += 1) found[start + i] = x[start + places[i]];
      }
      return found;
    },
  };
}
