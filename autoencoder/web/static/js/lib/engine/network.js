// @ts-check
/* The networks of autoencoder/model, built from a checkpoint's tensors; jax-js multiplies the matrices in WebAssembly. */
import { jit, nn, numpy as np, vjp } from "../../../vendor/jax.js";
import { PIXELS } from "../pixels.js";
import "./jax_wasm.js";
import { join, rowsOf } from "./rows.js";
import { sigmoid } from "./sigmoid.js";
import { LARGEST as PICTURES, unetOf } from "./unet.js";

/** @typedef {import("./safetensors.js").Tensor} Tensor */
/** @typedef {Record<string, Tensor>} Tensors by the names of torch's state_dict */
/** @typedef {import("../../../vendor/jax.js").Array} Values */
/** @typedef {"" | "relu" | "sine" | "sigmoid"} Activation */
/** @typedef {{weight: Float32Array, bias: Float32Array, activation: Activation}} Layer weights a row an output */
/** @typedef {(rows: Float32Array) => Float32Array} Rows a function of rows of numbers */
/**
 * A function of rows with its vector-Jacobian product: what it gives, and how a slope along that is one along the rows.
 * @typedef {(rows: Float32Array) => {value: Float32Array, pullback: Rows}} Differentiable
 */

const EPSILON = 1e-5; // of torch's BatchNorm
const LARGEST = 2 ** 21; // numbers that a layer takes or gives at once, which bounds the memory

/**
 * What batch normalisation with running statistics does to each of `count` units.
 * @param {Tensors} tensors
 * @param {string | undefined} name none leaves them as they are
 * @param {number} count
 */
function normalisation(tensors, name, count) {
  const read = (/** @type {string} */ part, /** @type {number} */ otherwise) =>
    tensors[`${name}.${part}`]?.data ?? new Float32Array(count).fill(otherwise);
  const [mean, gain, offset] = [read("running_mean", 0), read("weight", 1), read("bias", 0)];
  const variance = read("running_var", 1 - EPSILON);
  const scale = gain.map((value, i) => value / Math.sqrt(variance[i] + EPSILON));
  return { scale, shift: offset.map((value, i) => value - mean[i] * scale[i]) };
}

/**
 * A layer's weights, with the batch normalisation that follows it folded in.
 * @param {Tensors} tensors
 * @param {string} name
 * @param {string} [norm] name of the normalisation, if any
 * @param {Activation} [activation]
 * @returns {Layer}
 */
function layerOf(tensors, name, norm, activation = norm ? "relu" : "") {
  const { shape, data } = tensors[`${name}.weight`];
  const inputs = data.length / shape[0];
  const bias = tensors[`${name}.bias`]?.data ?? new Float32Array(shape[0]);
  const { scale, shift } = normalisation(tensors, norm, shape[0]);
  return {
    weight: data.map((value, i) => value * scale[Math.floor(i / inputs)]),
    bias: bias.map((value, i) => value * scale[i] + shift[i]),
    activation,
  };
}

/**
 * The layers of a torch Sequential: those with weights, each with the batch normalisation and ReLU that follow it.
 * @param {Tensors} tensors
 * @param {string} prefix
 * @returns {Layer[]}
 */
export function sequential(tensors, prefix) {
  const numbers = Object.keys(tensors)
    .filter((name) => name.startsWith(`${prefix}.`))
    .map((name) => Number(name.slice(prefix.length + 1).split(".")[0]));
  const names = [...new Set(numbers)].sort((a, b) => a - b).map((number) => `${prefix}.${number}`);
  const isNorm = (/** @type {string | undefined} */ name) => `${name}.running_mean` in tensors;
  return names.flatMap((name, i) => {
    if (isNorm(name)) return [];
    if (`${name}.linear.weight` in tensors) return [layerOf(tensors, `${name}.linear`, undefined, "sine")];
    return [layerOf(tensors, name, isNorm(names[i + 1]) ? names[i + 1] : undefined)];
  });
}

/** @param {Float32Array} numbers */
function values(numbers) {
  return np.array(/** @type {Float32Array<ArrayBuffer>} */ (numbers));
}

/** @type {Record<Activation, (x: Values) => Values>} */
const ACTIVATIONS = { "": (x) => x, relu: nn.relu, sine: np.sin, sigmoid };

/**
 * Dense layers one after the other, and others beside them whose outcome is added, as jax-js computes them.
 * @param {Layer[]} layers
 * @param {Layer[]} beside
 */
function chain(layers, beside) {
  const through = (/** @type {Layer[]} */ row) => {
    const steps = row.map(({ weight, bias, activation }) => ({
      weight: values(weight).reshape([bias.length, -1]).transpose(),
      bias: values(bias),
      activated: ACTIVATIONS[activation],
    }));
    return (/** @type {Values} */ x) =>
      steps.reduce((input, { weight, bias, activated }) => activated(np.dot(input, weight.ref).add(bias.ref)), x);
  };
  const [main, other] = [through(layers), through(beside)];
  return (/** @type {Values} */ x) => (beside.length ? main(x.ref).add(other(x)) : main(x));
}

/** @param {Float32Array} numbers @param {number} width of a row */
function valuesOf(numbers, width) {
  return values(numbers).reshape([numbers.length / width, width]);
}

/** @param {Values} found */
function numbersOf(found) {
  return /** @type {Float32Array} */ (found.dataSync());
}

/** @param {Layer} layer */
function inputsOf({ weight, bias }) {
  return weight.length / bias.length;
}

/**
 * Dense layers, and others beside them whose outcome is added; compiled anew for each number of rows, and the way back
 * only when it is first taken.
 * @param {Layer[]} layers
 * @param {Layer[]} beside
 */
function compiled(layers, beside) {
  const [width, outputs] = [inputsOf(layers[0]), layers[layers.length - 1].bias.length];
  const compute = chain(layers, beside);
  const [forward, back] = [
    jit(compute),
    jit((/** @type {Values} */ x, /** @type {Values} */ slope) => vjp(compute, [x])[1](slope)[0]),
  ];
  const rowsAtOnce = Math.floor(LARGEST / Math.max(width, ...layers.map(({ bias }) => bias.length)));
  const apply = inParts(width * rowsAtOnce, (rows) => numbersOf(forward(valuesOf(rows, width))));
  /** @type {Differentiable} */
  const differentiable = (rows) => ({
    value: apply(rows),
    pullback: (slope) => numbersOf(back(valuesOf(rows, width), valuesOf(slope, outputs))),
  });
  return { apply, differentiable };
}

/**
 * Dense layers one after the other.
 * @param {Layer[]} layers
 * @returns {Rows}
 */
export function dense(layers) {
  return compiled(layers, []).apply;
}

/**
 * A function of rows that is asked for no more than so many numbers at once.
 * @param {number} most
 * @param {Rows} compute
 * @returns {Rows}
 */
function inParts(most, compute) {
  return (rows) => (rows.length <= most ? compute(rows) : join(rowsOf(rows, most).map(compute)));
}

/**
 * The encoder without refinement and the decoder of a checkpoint.
 * @param {Tensors} tensors
 */
export function buildNetwork(tensors) {
  const linear = (/** @type {string} */ name) => (`${name}.weight` in tensors ? [layerOf(tensors, name)] : []);
  const [front, back] = [unetOf(tensors, "front"), unetOf(tensors, "back")];
  const straight = linear("linear_decoder");
  const layers = sequential(tensors, "decoder");
  if (!straight.length) layers[layers.length - 1].activation = "sigmoid";
  const { apply: toCode } = compiled(sequential(tensors, "encoder"), linear("linear_encoder"));
  const { apply: toPicture, differentiable } = compiled(layers, straight);
  const width = inputsOf(layers[0]);
  const norm = normalisation(tensors, "code_norm", width);
  const through = (/** @type {Differentiable | null} */ unet) =>
    unet ? inParts(PICTURES * PIXELS, (pictures) => unet(pictures).value) : (/** @type {Float32Array} */ x) => x;
  const [cleaned, finished] = [through(front), through(back)];
  return {
    /** numbers of a code */
    width,
    /** Codes of pictures, a row of 784 each. @type {Rows} */
    encode: (pictures) => toCode(cleaned(pictures)).map((x, i) => x * norm.scale[i % width] + norm.shift[i % width]),
    /** Pictures of codes, in [0, 1]. @type {Rows} */
    decode: (codes) => clipped(finished(toPicture(codes))),
    /** The same, of no more codes than the U-Nets take at once. @type {Differentiable} */
    differentiableDecode(codes) {
      const drawn = differentiable(codes);
      const { value, pullback } = back?.(drawn.value) ?? { value: drawn.value, pullback: (slope) => slope };
      const isInside = value.map((x) => Number(x >= 0 && x <= 1));
      return {
        value: clipped(value),
        pullback: (slope) => drawn.pullback(pullback(slope.map((each, i) => each * isInside[i]))),
      };
    },
  };
}

/** Clip numbers to [0, 1], where they stand. @param {Float32Array} numbers */
function clipped(numbers) {
  for (let i = 0; i < numbers.length; i += 1) numbers[i] = Math.min(1, Math.max(0, numbers[i]));
  return numbers;
}
