// @ts-check
/* Pictures of 28 x 28 pixels: packed, painted, saved. */
import { make } from "./dom.js";

export const SIDE = 28;
export const PIXELS = SIDE * SIDE;

/** @param {string} text @returns {Uint8Array} */
export function decodeBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {string} */
export function encodeBase64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** Grey levels as numbers in [0, 1]. @param {Uint8Array} bytes */
export function toNumbers(bytes) {
  const numbers = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) numbers[i] = bytes[i] / 255;
  return numbers;
}

/** Grey levels of numbers in [0, 1]. @param {Float32Array} numbers */
export function toBytes(numbers) {
  const bytes = new Uint8Array(numbers.length);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Math.round(255 * numbers[i]);
  return bytes;
}

/**
 * The drawing context of a canvas.
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser cannot draw.");
  return context;
}

/**
 * Paint a picture at the canvas's own resolution.
 * @param {HTMLCanvasElement} canvas
 * @param {(i: number) => readonly number[]} colour red, green and blue of a pixel, in [0, 255]
 */
export function drawPixels(canvas, colour) {
  if (canvas.width !== SIDE || canvas.height !== SIDE) Object.assign(canvas, { width: SIDE, height: SIDE });
  const context = contextOf(canvas);
  const image = context.createImageData(SIDE, SIDE);
  for (let i = 0; i < PIXELS; i += 1) {
    const [red, green, blue] = colour(i);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/**
 * Paint 784 grey levels that begin at `offset`.
 * @param {HTMLCanvasElement} canvas
 * @param {Uint8Array} bytes
 * @param {number} [offset]
 */
export function drawGrey(canvas, bytes, offset = 0) {
  drawPixels(canvas, (i) => {
    const grey = bytes[offset + i];
    return [grey, grey, grey];
  });
}

/**
 * Save a Blob as it is, or a canvas as a PNG whose every pixel is `scale` screen pixels wide.
 * @param {string} filename
 * @param {Blob | HTMLCanvasElement} source
 * @param {number} [scale]
 */
export async function download(filename, source, scale = 10) {
  const blob = source instanceof Blob ? source : await enlarged(source, scale);
  const link = make("a", { href: URL.createObjectURL(blob), download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** @param {HTMLCanvasElement} canvas @param {number} scale @returns {Promise<Blob>} */
function enlarged(canvas, scale) {
  const large = make("canvas", { width: canvas.width * scale, height: canvas.height * scale });
  const context = contextOf(large);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return new Promise((resolve, reject) => {
    large.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The picture cannot be saved."))), "image/png");
  });
}

/** Ends and middle of a scale for numbers of both signs, which the colour-blind tell apart too. */
const [BLUE, WHITE, RED] = [
  [33, 102, 172],
  [255, 255, 255],
  [178, 24, 43],
];

/**
 * The colour of a number of either sign: blue, white, red; red, green and blue in [0, 255].
 * @param {number} value in [-1, 1]
 */
export function diverging(value) {
  const end = value < 0 ? BLUE : RED;
  const share = Math.min(1, Math.abs(value));
  return WHITE.map((white, i) => white + share * (end[i] - white));
}

/**
 * Mixtures of pairs of pictures, pixel by pixel: double exposures.
 * @param {Uint8Array} pairs 784 grey levels each, the two of a pair one after the other
 * @param {readonly number[]} shares of each pair's second picture
 */
export function crossFade(pairs, shares) {
  const mixtures = new Uint8Array(shares.length * PIXELS);
  return mixtures.map((_, i) => {
    const first = i + Math.floor(i / PIXELS) * PIXELS;
    return Math.round(pairs[first] + shares[Math.floor(i / PIXELS)] * (pairs[first + PIXELS] - pairs[first]));
  });
}
