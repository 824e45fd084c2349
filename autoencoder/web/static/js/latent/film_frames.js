// @ts-check
/* A training's film, as autoencoder/weights/film.py wrote it, and what is to be seen between two of its frames. */
import { readSafetensors } from "../lib/engine/safetensors.js";

/** @typedef {"start" | "joint" | "decoder" | "finished"} Stage */
/**
 * @typedef {object} Frames
 * @property {number} count of the frames
 * @property {number} points in each
 * @property {Float32Array} codes x, y, x, y, ..., frame after frame
 * @property {Float32Array} labels class numbers
 * @property {number} reach half the side of the square that is shown
 * @property {number} columns of the picture with the decoded planes
 * @property {Stage[]} stages
 * @property {number[]} epochs
 * @property {number[]} mse
 */
/** @typedef {{from: number, to: number, share: number}} Moment between two frames, or at one of them */

const WORDS = /** @type {Record<Stage, string>} */ ({
  start: "Before training. The network’s weights are drawn at random: all pictures get nearly the same code.",
  joint: "Encoder and decoder learn together. To draw the pictures apart, the codes have to spread.",
  decoder:
    "Each picture is moved to the place that draws it best, then the decoder learns to draw it there; again and again.",
  finished: "Finished: the encoder has learnt the places too, and this is the map above.",
});

/** @param {ArrayBuffer} file @returns {Frames} */
export function readFrames(file) {
  const { tensors, metadata } = readSafetensors(file);
  const { codes, labels } = tensors;
  const [count, points] = codes.shape;
  return { ...JSON.parse(metadata.film), count, points, codes: codes.data, labels: labels.data };
}

/** The frames around a position, which 0 to `count - 1` are those of. @param {number} position @param {number} count @returns {Moment} */
export function momentAt(position, count) {
  const at = Math.min(Math.max(position, 0), count - 1);
  const from = Math.min(Math.floor(at), Math.max(count - 2, 0));
  return { from, to: Math.min(from + 1, count - 1), share: at - from };
}

/** Codes between two frames: x, y, x, y, ... @param {Frames} frames @param {Moment} moment */
export function codesAt({ codes, points }, { from, to, share }) {
  const [a, b] = [2 * points * from, 2 * points * to];
  const found = new Float32Array(2 * points);
  for (let i = 0; i < found.length; i += 1) found[i] = codes[a + i] + share * (codes[b + i] - codes[a + i]);
  return found;
}

/** Points of a curve, 100 wide and 40 high: errors on a logarithmic scale, the greatest on top. @param {number[]} mse */
export function curveOf(mse) {
  const [least, most] = [Math.log(Math.min(...mse)), Math.log(Math.max(...mse))];
  const height = (/** @type {number} */ error) => (40 * (most - Math.log(error))) / (most - least || 1);
  return mse.map((error, i) => `${(100 * i) / Math.max(mse.length - 1, 1)},${height(error)}`).join(" ");
}

/** What is told of a moment: of the frame that it is nearest to. @param {Frames} frames @param {number} position */
export function toldOf({ epochs, mse, stages, count }, position) {
  const nearest = Math.round(Math.min(Math.max(position, 0), count - 1));
  const when = epochs[nearest] ? `After epoch ${epochs[nearest]} of ${epochs[count - 1]}` : "Before the first epoch";
  return { now: `${when} · error (MSE) ${mse[nearest].toFixed(4)}`, phase: WORDS[stages[nearest]] };
}
