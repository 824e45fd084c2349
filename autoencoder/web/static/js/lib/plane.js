// @ts-check
/* One model's plane: where the test items lie, and its atlas of decodes. */
import { make } from "./dom.js";
import { SIDE, contextOf } from "./pixels.js";
import { assetBytes, assetUrl, modelNamed } from "./studio.js";
import { atlasCell, placeOf } from "./geometry.js";

const UNREACHABLE = "The map cannot be fetched. Check the connection and try again.";

/** @typedef {import("./strips.js").Place} Place */
/**
 * @typedef {object} Plane
 * @property {string} name of the model
 * @property {number} count of items
 * @property {Float32Array} codes x, y, x, y, ...
 * @property {Uint8Array} labels
 * @property {Uint16Array} index positions in the test set
 * @property {Int32Array} rowOf row of an item by its position in the test set, else -1
 * @property {HTMLCanvasElement} atlas
 * @property {number} cells in a row of the atlas
 * @property {boolean} projected
 * @property {import("./studio.js").Box} box
 */

/** @type {Map<string, Promise<any>>} what was fetched, by name: the static edition's addresses change */
const kept = new Map();

/**
 * An asset, fetched once; a failed fetch may be tried again.
 * @template T
 * @param {string} name
 * @param {(name: string) => Promise<T>} fetchIt
 * @returns {Promise<T>}
 */
function once(name, fetchIt) {
  const content = kept.get(name) ?? fetchIt(name);
  kept.set(name, content);
  content.catch(() => kept.delete(name));
  return content;
}

/** The atlas of a model. @param {string} name */
export function loadAtlas(name) {
  return once(`${name}/atlas.webp`, (file) => loadImage(assetUrl(file)));
}

/** The plane of a model: its atlas first, for there is something to see then. @param {string} name @returns {Promise<Plane>} */
export async function loadPlane(name) {
  const { projected, box } = modelNamed(name);
  const atlas = await loadAtlas(name);
  const buffer = await loadBytes(`${name}/codes.bin`);
  const count = buffer.byteLength / 11; // 8 bytes of place, 1 of class, 2 of index an item
  const index = new Uint16Array(buffer.slice(9 * count)); // sliced: 9N need not be even
  const rowOf = new Int32Array(65536).fill(-1);
  index.forEach((item, row) => {
    rowOf[item] = row;
  });
  return {
    name,
    count,
    index,
    rowOf,
    atlas,
    projected,
    box,
    codes: new Float32Array(buffer, 0, 2 * count),
    labels: new Uint8Array(buffer, 8 * count, count),
    cells: atlas.width / SIDE,
  };
}

/** The content of an asset, fetched once. @param {string} name @returns {Promise<ArrayBuffer>} */
export function loadBytes(name) {
  return once(name, (file) => assetBytes(file, UNREACHABLE));
}

/** An image as a canvas, so that the first hover does not pay for its decoding. @param {string} url */
export async function loadImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode().catch((cause) => {
    throw new Error(UNREACHABLE, { cause });
  });
  const canvas = make("canvas", { width: image.naturalWidth, height: image.naturalHeight });
  canvas.getContext("2d", { willReadFrequently: true })?.drawImage(image, 0, 0);
  return canvas;
}

/**
 * Draw the atlas's decode nearest to a place; false beyond the atlas.
 * @param {HTMLCanvasElement} canvas
 * @param {Plane} plane
 * @param {number} x
 * @param {number} y
 */
export function drawAtlas(canvas, plane, x, y) {
  const cell = atlasCell(plane, x, y);
  if (cell) contextOf(canvas).drawImage(plane.atlas, cell.x, cell.y, SIDE, SIDE, 0, 0, SIDE, SIDE);
  return cell !== null;
}

/**
 * Where the cursor begins: on an item, or in the middle.
 * @param {Plane} plane
 * @param {number} [item]
 * @returns {Place}
 */
export function firstPlace(plane, item) {
  const row = item === undefined ? -1 : plane.rowOf[item];
  const { x_min: left, x_max: right, y_min: bottom, y_max: top } = plane.box;
  return row >= 0 ? placeOf(plane, row) : [(left + right) / 2, (bottom + top) / 2];
}
