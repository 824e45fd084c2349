// @ts-check
/* The small U-Net of autoencoder/model/unet.py. Its convolutions are gathered into matrices here (channels last): jax-js's
   own take 80 times as long in WebAssembly. */
import { SIDE } from "../pixels.js";
import { dense, sequential } from "./network.js";

/** @typedef {import("./network.js").Layer} Layer */
/** @typedef {import("./network.js").Rows} Rows */
/** @typedef {import("./network.js").Differentiable} Differentiable */

export const LARGEST = 64; // pictures at once: a gathered layer of them takes 7 MB
/** @type {Map<string, Float32Array>} gathered last, by the pictures' side and channels */
const kept = new Map();

/**
 * The U-Net of a name as a function of pictures, a row each, and no more of them than LARGEST; null without such tensors.
 * @param {import("./network.js").Tensors} tensors
 * @param {string} name
 * @returns {Differentiable | null}
 */
export function unetOf(tensors, name) {
  if (!(`${name}.fine.1.weight` in tensors)) return null;
  const part = (/** @type {string} */ which) => sequential(tensors, `${name}.${which}`);
  const [half, quarter] = [SIDE / 2, SIDE / 4];
  const channels = part("fine")[0].bias.length;
  const fine = convolutions(part("fine"), half, 4);
  const coarse = convolutions(part("coarse"), quarter, 4 * channels);
  const merge = convolutions(part("merge"), half, channels);
  const [pixels, features] = [folding(half, 1), folding(quarter, channels)];
  return (pictures) => {
    const near = fine(pixels.folded(pictures));
    const far = coarse(features.folded(near.value));
    const merged = merge(sum(near.value, features.unfolded(far.value)));
    return {
      value: sum(pictures, pixels.unfolded(merged.value)),
      pullback: (slope) => {
        const both = merged.pullback(pixels.folded(slope));
        const through = features.unfolded(far.pullback(features.folded(both)));
        return sum(slope, pixels.unfolded(near.pullback(sum(both, through))));
      },
    };
  };
}

/**
 * @param {Float32Array} a
 * @param {Float32Array} b
 */
function sum(a, b) {
  const found = new Float32Array(a.length);
  for (let i = 0; i < a.length; i += 1) found[i] = a[i] + b[i];
  return found;
}

/**
 * @param {Layer[]} layers of 1 x 1 or 3 x 3
 * @param {number} side of the pictures
 * @param {number} inputs channels of the first
 * @returns {Differentiable}
 */
function convolutions(layers, side, inputs) {
  const steps = layers.map((layer, i) => convolution(layer, side, i ? layers[i - 1].bias.length : inputs));
  return (x) => {
    /** @type {Rows[]} */
    const pullbacks = [];
    const value = steps.reduce((input, step) => {
      const found = step(input);
      pullbacks.push(found.pullback);
      return found.value;
    }, x);
    return { value, pullback: (slope) => pullbacks.reduceRight((after, pullback) => pullback(after), slope) };
  };
}

/**
 * The slope where a ReLU let something through. In a loop, which is twice as fast as `map`.
 * @param {Float32Array} slope
 * @param {Float32Array} value
 */
function gated(slope, value) {
  const felt = new Float32Array(slope.length);
  for (let i = 0; i < felt.length; i += 1) felt[i] = value[i] > 0 ? slope[i] : 0;
  return felt;
}

/**
 * One convolution. Its way back is another: with the kernel turned by half, and inputs and outputs exchanged.
 * @param {Layer} layer of 1 x 1 or 3 x 3
 * @param {number} side of the pictures
 * @param {number} channels of its input
 * @returns {Differentiable}
 */
function convolution(layer, side, channels) {
  const outputs = layer.bias.length;
  const places = layer.weight.length / (outputs * channels);
  const around = (/** @type {Float32Array} */ x, /** @type {number} */ depth) =>
    places === 1 ? x : patches(x, side, depth);
  const multiply = dense([{ ...layer, weight: reordered(layer.weight, channels, places) }]);
  const turned = { weight: transposed(layer.weight, channels, places), bias: new Float32Array(channels) };
  /** @type {Rows | undefined} */
  let back; // made when it is first taken: most models never do
  return (x) => {
    const value = multiply(around(x, channels));
    return {
      value,
      pullback: (slope) => {
        const felt = layer.activation ? gated(slope, value) : slope;
        back ??= dense([{ ...turned, activation: "" }]);
        return back(around(felt, outputs));
      },
    };
  };
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
 * Weights `(outputs, channels, places)` as `(channels, places from the last to the first, outputs)`.
 * @param {Float32Array} weight
 * @param {number} channels
 * @param {number} places
 */
function transposed(weight, channels, places) {
  const outputs = weight.length / (channels * places);
  return weight.map((_, i) => {
    const [channel, rest] = [Math.floor(i / (outputs * places)), i % (outputs * places)];
    const [place, output] = [places - 1 - Math.floor(rest / outputs), rest % outputs];
    return weight[(output * channels + channel) * places + place];
  });
}

/**
 * For each pixel of pictures `(B, side, side, channels)` the 3 x 3 pixels around it, black beyond the border. The next call
 * for such pictures overwrites it: a new array of 7 MB takes longer than to fill it.
 * @param {Float32Array} x
 * @param {number} side
 * @param {number} channels
 */
function patches(x, side, channels) {
  const end = 9 * x.length; // behind which lie the pictures: within one array the browser copies fastest
  const name = `${side} ${channels}`;
  let found = kept.get(name);
  if (found?.length !== end + x.length) found = new Float32Array(end + x.length);
  kept.set(name, found);
  found.set(x, end);
  for (let pixel = 0; pixel < x.length / channels; pixel += 1) {
    const [column, y] = [pixel % side, Math.floor(pixel / side) % side];
    // The three pixels of a row lie side by side in both.
    const [first, last] = [column ? 0 : channels, (column < side - 1 ? 3 : 2) * channels];
    for (let dy = -1; dy <= 1; dy += 1) {
      if (y + dy < 0 || y + dy >= side) continue;
      const from = end + (pixel + dy * side - 1) * channels;
      found.copyWithin((9 * pixel + 3 * (dy + 1)) * channels + first, from + first, from + last);
    }
  }
  return found.subarray(0, end);
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
