// @ts-check
/* A dense autoencoder that trains: Adam on the mean squared error, by jax-js in WebAssembly. */
import { jit, nn, numpy as np, tree, valueAndGrad } from "../../vendor/jax.js";
import "../lib/engine/jax_wasm.js";
import { Threefry, corrupt } from "../lib/engine/noise.js";
import { sigmoid } from "../lib/engine/sigmoid.js";
import { PIXELS } from "../lib/pixels.js";
import { NoisePool, shuffled } from "./random.js";

/** @typedef {import("../../vendor/jax.js").Array} Values */
/** @typedef {{weight: Values, bias: Values}} Layer */
/**
 * @typedef {object} Settings
 * @property {number} bottleneck numbers of the code
 * @property {number[]} widths units of the encoder's hidden layers; the decoder has them in reverse
 * @property {string} noise kind
 * @property {number} level of the noise; 0 trains on clean pictures
 * @property {number} rate Adam's learning rate
 * @property {number} batch pictures a step
 * @property {number} seed
 */

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8]; // Kingma and Ba, 2015
const LEAST = 1e-30; // moments below count as 0: a processor computes with numbers under 1e-38 many times slower

/**
 * @param {Float32Array} numbers
 * @param {number} width
 */
function rowsOf(numbers, width) {
  return np.array(/** @type {Float32Array<ArrayBuffer>} */ (numbers)).reshape([numbers.length / width, width]);
}

/** @param {Values} moments @returns {Values} */
function flushed(moments) {
  return np.where(np.abs(moments.ref).less(LEAST), 0, moments);
}

/**
 * @param {Layer[]} layers consumed
 * @param {Values} x consumed
 * @param {boolean} isDecoder whether its last layer ends in a sigmoid
 */
function through(layers, x, isDecoder) {
  return layers.reduce((input, { weight, bias }, i) => {
    const sum = np.dot(input, weight).add(bias);
    if (i < layers.length - 1) return nn.relu(sum);
    return isDecoder ? sigmoid(sum) : sum;
  }, x);
}

export class Trainer {
  /**
   * @param {Settings} settings
   * @param {Uint8Array} images 784 grey levels each, to train on
   */
  constructor(settings, images) {
    this.settings = settings;
    this.images = images;
    this.random = new Threefry(settings.seed);
    this.pool = new NoisePool(settings.seed);
    this.steps = 0;
    /** @type {Uint32Array} the images of this epoch that are still to come */
    this.order = new Uint32Array();
    const hidden = [PIXELS, ...settings.widths];
    this.depth = hidden.length;
    const widths = [...hidden, settings.bottleneck, ...hidden.toReversed()];
    this.layers = widths.slice(1).map((outputs, i) => this.layer(widths[i], outputs));
    const zeros = () => tree.map((/** @type {Values} */ one) => np.zeros(one.shape), this.layers);
    this.moments = { first: zeros(), second: zeros() };
    this.update = jit(this.stepFunction());
    this.encoder = jit((/** @type {Layer[]} */ layers, /** @type {Values} */ x) => through(layers, x, false));
    this.decoder = jit((/** @type {Layer[]} */ layers, /** @type {Values} */ x) => through(layers, x, true));
  }

  /**
   * Weights to begin with (He et al., 2015).
   * @param {number} inputs
   * @param {number} outputs
   * @returns {Layer}
   */
  layer(inputs, outputs) {
    const spread = Math.sqrt(2 / inputs);
    const weight = this.random.normal(inputs * outputs).map((x) => x * spread);
    return { weight: rowsOf(weight, outputs), bias: np.zeros([outputs]) };
  }

  /** One step of Adam as a function of weights, moments, input and target. */
  stepFunction() {
    const { depth } = this;
    const loss = (/** @type {Layer[]} */ layers, /** @type {Values} */ x, /** @type {Values} */ target) => {
      const code = through(layers.slice(0, depth), x, false);
      return np.mean(np.square(through(layers.slice(depth), code, true).sub(target)));
    };
    /**
     * @param {Layer[]} layers
     * @param {{first: Layer[], second: Layer[]}} moments
     * @param {Values} x
     * @param {Values} target
     * @param {Values} rate with Adam's correction for the first steps
     */
    return (layers, moments, x, target, rate) => {
      const [error, slopes] = valueAndGrad(loss)(tree.ref(layers), x, target);
      /** @type {(one: Values, slope: Values) => Values} */
      const first = (one, slope) => flushed(one.mul(BETA_1).add(slope.mul(1 - BETA_1)));
      /** @type {(one: Values, slope: Values) => Values} */
      const second = (one, slope) => flushed(one.mul(BETA_2).add(np.square(slope).mul(1 - BETA_2)));
      /** @type {(weight: Values, mean: Values, square: Values) => Values} */
      const moved = (weight, mean, square) => weight.sub(mean.mul(rate.ref).div(np.sqrt(square).add(EPSILON)));
      const next = {
        first: tree.map(first, moments.first, tree.ref(slopes)),
        second: tree.map(second, moments.second, slopes),
      };
      const changed = tree.map(moved, layers, tree.ref(next.first), tree.ref(next.second));
      rate.dispose();
      return { error, layers: changed, moments: next };
    };
  }

  /** Take one gradient step on the next batch; returns its loss. */
  step() {
    const { settings } = this;
    const clean = this.nextBatch();
    const noisy = settings.level ? corrupt(clean, settings.noise, [settings.level], this.pool) : clean;
    this.steps += 1;
    const correction = Math.sqrt(1 - BETA_2 ** this.steps) / (1 - BETA_1 ** this.steps);
    const rate = np.array(settings.rate * correction);
    const { error, layers, moments } = this.update(
      /** @type {any} */ (this.layers),
      this.moments,
      rowsOf(noisy, PIXELS),
      rowsOf(clean, PIXELS),
      rate,
    );
    Object.assign(this, { layers, moments });
    return /** @type {number} */ (error.js());
  }

  /** The next pictures of the epoch, each at most once; those left at its end that are no whole batch are passed over. */
  nextBatch() {
    const count = Math.min(this.settings.batch, this.images.length / PIXELS);
    if (this.order.length < count) this.order = shuffled(this.images.length / PIXELS, this.random);
    const batch = new Float32Array(count * PIXELS);
    this.order.subarray(0, count).forEach((image, row) => {
      for (let i = 0; i < PIXELS; i += 1) batch[row * PIXELS + i] = this.images[image * PIXELS + i] / 255;
    });
    this.order = this.order.subarray(count);
    return batch;
  }

  /** Codes of pictures in [0, 1], a row each. @param {Float32Array} pictures */
  encode(pictures) {
    const layers = tree.ref(this.layers.slice(0, this.depth));
    return /** @type {Float32Array} */ (this.encoder(/** @type {any} */ (layers), rowsOf(pictures, PIXELS)).dataSync());
  }

  /** Pictures of codes. @param {Float32Array} codes */
  decode(codes) {
    const layers = tree.ref(this.layers.slice(this.depth));
    const x = rowsOf(codes, this.settings.bottleneck);
    return /** @type {Float32Array} */ (this.decoder(/** @type {any} */ (layers), x).dataSync());
  }

  /** The weights of each layer as numbers, outputs by inputs as torch has them. */
  weights() {
    return this.layers.map(({ weight, bias }) => ({
      shape: [weight.shape[1], weight.shape[0]],
      weight: /** @type {Float32Array} */ (weight.ref.transpose().dataSync()),
      bias: /** @type {Float32Array} */ (bias.ref.dataSync()),
    }));
  }

  /** Free the memory, which JavaScript does not see. */
  dispose() {
    tree.dispose(/** @type {any} */ ([this.layers, this.moments]));
    for (const one of [this.update, this.encoder, this.decoder]) one.dispose();
  }
}
