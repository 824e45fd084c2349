// @ts-check
/* Pictures of 28 x 28 pixels: packed, compared, painted. */

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

/** @param {Float32Array} a @param {Float32Array} b no shorter */
export function meanSquaredError(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] - b[i]) ** 2;
  return sum / a.length;
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
