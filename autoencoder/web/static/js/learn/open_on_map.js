// @ts-check
/* A model trained here becomes one of the page's: it opens in the Latent space tab as any other. */
import { make } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { writeSafetensors } from "../lib/engine/safetensors.js";
import { drawRows } from "../lib/picture_rows.js";
import { PIXELS } from "../lib/pixels.js";
import { WEIGHTS_FILE, studio } from "../lib/studio.js";
import { rangesOf } from "./map.js";

/** @typedef {import("../lib/engine/safetensors.js").Tensor} Tensor */
/** @typedef {{shape: number[], weight: Float32Array, bias: Float32Array}} Weights */

const CELLS = 33; // of the atlas a side
const TAIL = 0.003; // of the codes that its box leaves out at either end, as the package does
const BATCH = 1000;
const EPSILON = 1e-5; // of torch's BatchNorm
let learnt = 0;

/**
 * @param {import("../lib/worker_calls.js").WorkerCalls} worker
 * @param {import("./shipped_images.js").PictureSet} set
 * @param {import("./trainer.js").Settings} settings
 * @param {import("../lib/principal_plane.js").Projection} projection
 */
export async function openOnMap(worker, set, settings, projection) {
  const { index, labels, images } = set;
  if (!index) return;
  learnt += 1;
  const name = `learnt here ${learnt}`;
  const codes = new Float32Array(index.length * settings.bottleneck);
  for (let row = 0; row < index.length; row += BATCH) {
    const part = await worker.ask("encode", images.slice(row * PIXELS, (row + BATCH) * PIXELS));
    codes.set(part, row * settings.bottleneck);
  }
  const places = projection.places(codes);
  const box = boxOf(places);
  const projected = settings.bottleneck !== 2;
  const tensors = tensorsOf(await worker.ask("weights"), settings.widths.length);
  if (projected) {
    tensors["map.mean"] = { shape: [settings.bottleneck], data: projection.mean };
    const components = Float32Array.from(projection.axes.flatMap((axis) => [...axis]));
    tensors["map.components"] = { shape: [2, settings.bottleneck], data: components };
  }
  const { assets, models } = studio;
  const keep = (/** @type {string} */ file, /** @type {Blob} */ content) => {
    assets[`${name}/${file}`] = URL.createObjectURL(content);
  };
  // Compressed as the server's are: the engine reads both.
  const weights = new Blob([writeSafetensors(tensors, { config: "{}" })]);
  keep(WEIGHTS_FILE, await new Response(weights.stream().pipeThrough(new CompressionStream("deflate"))).blob());
  keep("codes.bin", new Blob([places, labels, index].map((one) => Uint8Array.from(bytesOf(one)))));
  await engine.prepare(name);
  keep("atlas.webp", await atlasOf(name, box));
  const model = { name, description: name, projected, latent_dim: settings.bottleneck, test_images: index.length, box };
  models.push({ ...model, checksum: "", trained: "just now", unusual_above: null, isLocal: true });
  studio.set({ mapModel: name });
  document.getElementById("tab-latent-button")?.click();
}

/**
 * The weights by the names that autoencoder.model gives them. This network has no batch normalisation, theirs has: it is
 * one that changes nothing.
 * @param {Weights[]} layers
 * @param {number} hidden layers of the encoder
 */
function tensorsOf(layers, hidden) {
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  layers.forEach(({ shape, weight, bias }, i) => {
    const isEncoder = i <= hidden;
    const [part, layer, first] = isEncoder ? ["encoder", i, 1] : ["decoder", i - hidden - 1, 0];
    const position = first + 3 * layer;
    tensors[`${part}.${position}.weight`] = { shape, data: weight };
    tensors[`${part}.${position}.bias`] = { shape: [bias.length], data: bias };
    if (layer === hidden) return;
    const filled = (/** @type {number} */ value) => ({
      shape: [bias.length],
      data: new Float32Array(bias.length).fill(value),
    });
    tensors[`${part}.${position + 1}.weight`] = filled(1);
    tensors[`${part}.${position + 1}.bias`] = filled(0);
    tensors[`${part}.${position + 1}.running_mean`] = filled(0);
    tensors[`${part}.${position + 1}.running_var`] = filled(1 - EPSILON);
  });
  return tensors;
}

/** @param {ArrayBufferView} array */
function bytesOf({ buffer, byteOffset, byteLength }) {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** The part of the plane worth drawing. @param {Float32Array} places */
function boxOf(places) {
  const [x, y] = rangesOf(places, TAIL).map(([low, high]) => {
    const margin = 0.02 * (high - low) || 1e-3;
    return [low - margin, high + margin];
  });
  return { x_min: x[0], x_max: x[1], y_min: y[0], y_max: y[1] };
}

/**
 * The decoder's pictures over a grid of a box.
 * @param {string} name
 * @param {import("../lib/studio.js").Box} box
 */
async function atlasOf(name, { x_min: left, x_max: right, y_min: bottom, y_max: top }) {
  const share = (/** @type {number} */ cell) => (cell + 0.5) / CELLS;
  const places = Array.from({ length: CELLS * CELLS }, (_, i) => {
    const [column, row] = [i % CELLS, Math.floor(i / CELLS)];
    /** @type {[number, number]} */
    const place = [left + share(column) * (right - left), top - share(row) * (top - bottom)];
    return place;
  });
  const images = await engine.decodeMany(name, places);
  const width = CELLS * PIXELS;
  const rows = Array.from({ length: CELLS }, (_, row) => images.subarray(row * width, (row + 1) * width));
  const atlas = make("canvas");
  drawRows(atlas, rows);
  const blob = await new Promise((resolve) => atlas.toBlob(resolve));
  if (!blob) throw new Error("The map cannot be drawn.");
  return /** @type {Blob} */ (blob);
}
