// @ts-check
/* One model in the browser: what autoencoder/inference/engine.py answers, from pictures and places of bytes and numbers. */
import { PIXELS, toBytes, toNumbers } from "../pixels.js";
import { scores } from "./metrics.js";
import { buildNetwork } from "./network.js";
import { Threefry, corrupt } from "./noise.js";
import { mostProbable } from "./code_prior.js";
import { estimateLevel, refine } from "./refinement.js";
import { readSafetensors } from "./safetensors.js";
import { SearchGrid } from "./search.js";

const DIFFERENCE = 1e-4; // in units of the plane, to either side: a larger one steps over the decoder's ReLUs

/** @typedef {import("../strips.js").Place} Place */
/** @typedef {import("../strips.js").StripAnswer} StripAnswer */

export class BrowserModel {
  /** @param {ArrayBuffer} file as autoencoder/weights/browser_export.py writes it */
  constructor(file) {
    const { tensors, metadata } = readSafetensors(file);
    const { "map.mean": mean, "map.components": components, code_box: box, ...others } = tensors;
    const { "prior.precision": precision, "prior.gain": gain, ...weights } = others;
    /** the part of the plane that is searched, of models that search their codes */
    this.box = box?.data ?? null;
    /** @type {SearchGrid | null} */
    this.searchGrid = null;
    this.config = JSON.parse(metadata.config);
    this.network = buildNetwork(weights);
    this.prior = precision && gain ? { precision: precision.data, gain: gain.data } : null;
    this.plane = mean && components ? { mean: mean.data, components: components.data } : null;
  }

  /**
   * Codes of pictures in [0, 1], a row each.
   * @param {Float32Array} pictures
   * @param {boolean} [refined]
   */
  codes(pictures, refined = true) {
    const { network, config } = this;
    const guess = network.encode(pictures);
    if (!refined || !config.refine_steps) return guess;
    const options = { width: network.width, steps: config.refine_steps, allowForNoise: config.refine_noisy };
    if (this.prior) return mostProbable(this.prior, network.differentiableDecode, guess, pictures, options);
    return refine(network.decode, this.box ? this.searched(guess, pictures) : guess, pictures, options);
  }

  /**
   * The best cells of the decoded plane, which is decoded when it is first needed.
   * @param {Float32Array} guess
   * @param {Float32Array} pictures
   */
  searched(guess, pictures) {
    const { network, config, box } = this;
    const options = { cells: config.search_cells, isNoisy: config.refine_noisy };
    this.searchGrid ??= new SearchGrid(network.decode, /** @type {Float32Array} */ (box), options);
    const rough = config.refine_noisy ? network.decode(guess) : new Float32Array();
    const levels = Array.from({ length: pictures.length / PIXELS }, (_, row) => {
      const part = (/** @type {Float32Array} */ rows) => rows.subarray(row * PIXELS, (row + 1) * PIXELS);
      return config.refine_noisy ? estimateLevel(part(rough), part(pictures)) : 0;
    });
    return this.searchGrid.best(pictures, levels);
  }

  /** Places of codes on the plane. @param {Float32Array} codes @returns {Place[]} */
  project(codes) {
    const { plane } = this;
    const { width } = this.network;
    return Array.from({ length: codes.length / width }, (_, row) => {
      const code = codes.subarray(row * width, (row + 1) * width);
      if (!plane) return [code[0], code[1]];
      const along = (/** @type {number} */ axis) =>
        code.reduce((sum, x, i) => sum + (x - plane.mean[i]) * plane.components[axis * width + i], 0);
      return [along(0), along(1)];
    });
  }

  /** Codes of places on the plane: the nearest to the mean. @param {readonly Place[]} places */
  unproject(places) {
    const { plane } = this;
    const { width } = this.network;
    if (!plane) return Float32Array.from(places.flat());
    const { mean, components } = plane;
    const codes = new Float32Array(places.length * width);
    return codes.map((_, i) => {
      const [[x, y], axis] = [places[Math.floor(i / width)], i % width];
      return mean[axis] + x * components[axis] + y * components[width + axis];
    });
  }

  /** Pictures at places of the plane, 784 grey levels each. @param {readonly Place[]} places */
  decode(places) {
    return toBytes(this.network.decode(this.unproject(places)));
  }

  /**
   * How the picture at a place changes along x and along y: two pictures, in grey levels from 0 to 1 a unit of the plane.
   * By central differences: unlike jax-js's `jvp`, they go through the U-Net's gathered convolutions too.
   * @param {Place} place
   */
  tangents([x, y]) {
    const h = DIFFERENCE;
    const codes = this.unproject([
      [x + h, y],
      [x - h, y],
      [x, y + h],
      [x, y - h],
    ]);
    const pictures = this.network.decode(codes);
    return Float32Array.from({ length: 2 * PIXELS }, (_, i) => {
      const after = i + (i < PIXELS ? 0 : PIXELS);
      return (pictures[after] - pictures[after + PIXELS]) / (2 * h);
    });
  }

  /** Places of pictures of 784 grey levels each. @param {Uint8Array} images */
  encode(images) {
    return this.project(this.codes(toNumbers(images)));
  }

  /**
   * What noise of each level makes of a picture, and what the model makes of that.
   * @param {{image: Uint8Array, noise: string, seed: number, levels: number[]}} request
   * @returns {StripAnswer}
   */
  strip({ image, noise, seed, levels }) {
    const clean = toNumbers(image);
    const noisy = corrupt(clean, noise, levels, new Threefry(seed));
    const all = new Float32Array(noisy.length + PIXELS);
    all.set(noisy);
    all.set(clean, noisy.length);
    const codes = this.codes(all);
    const places = this.project(codes);
    const reconstruction = this.network.decode(codes.subarray(0, levels.length * this.network.width));
    return {
      levels,
      noisy: toBytes(noisy),
      reconstruction: toBytes(reconstruction),
      scores: scores(reconstruction, clean),
      noisy_scores: scores(noisy, clean),
      codes: places.slice(0, -1),
      clean_code: places[levels.length],
    };
  }
}
