// @ts-check
/* Writes an animated GIF of grey pictures, there and back without end (GIF89a). All frames share the 256 greys, so that
   no level is rounded twice. */
import { PIXELS, SIDE } from "./pixels.js";

const [CLEAR, END, MOST] = [256, 257, 4096];

/**
 * @param {Uint8Array} images 784 grey levels each
 * @param {number} scale screen pixels a pixel
 * @param {number} frameMs
 * @returns {Blob}
 */
export function animatedGif(images, scale, frameMs) {
  const count = images.length / PIXELS;
  const side = SIDE * scale;
  const word = (/** @type {number} */ value) => [value & 255, value >> 8];
  const greys = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey]).flat();
  const head = [...new TextEncoder().encode("GIF89a"), ...word(side), ...word(side), 0xf7, 0, 0, ...greys];
  const forEver = [0x21, 0xff, 11, ...new TextEncoder().encode("NETSCAPE2.0"), 3, 1, 0, 0, 0];
  const order = [...Array(count).keys(), ...Array.from({ length: Math.max(0, count - 2) }, (_, i) => count - 2 - i)];
  const frames = Array.from({ length: count }, (_, row) => [
    Uint8Array.of(0x21, 0xf9, 4, 0, ...word(Math.round(frameMs / 10)), 0, 0),
    Uint8Array.of(0x2c, 0, 0, 0, 0, ...word(side), ...word(side), 0, 8),
    packed(enlarged(images.subarray(row * PIXELS, (row + 1) * PIXELS), scale)),
  ]);
  const parts = [Uint8Array.from([...head, ...forEver]), ...order.flatMap((row) => frames[row]), Uint8Array.of(0x3b)];
  return new Blob(parts, { type: "image/gif" });
}

/**
 * @param {Uint8Array} image
 * @param {number} scale
 */
function enlarged(image, scale) {
  const side = SIDE * scale;
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)];
    return image[Math.floor(y / scale) * SIDE + Math.floor(x / scale)];
  });
}

/** Pixels compressed by LZW, in blocks of up to 255 bytes. @param {Uint8Array} pixels */
function packed(pixels) {
  /** @type {number[]} */
  const bytes = [];
  let [bits, held] = [0, 0]; // bits that do not fill a byte yet
  const write = (/** @type {number} */ code, /** @type {number} */ width) => {
    held |= code << bits;
    for (bits += width; bits >= 8; bits -= 8, held >>= 8) bytes.push(held & 255);
  };
  /** @type {Map<number, number>} code of a known run and the grey after it */
  const table = new Map();
  let width = 9;
  write(CLEAR, width);
  let run = pixels[0];
  for (const grey of pixels.subarray(1)) {
    const longer = run * 256 + grey;
    const known = table.get(longer);
    if (known !== undefined) {
      run = known;
      continue;
    }
    write(run, width);
    const next = END + 1 + table.size;
    if (next < MOST) {
      table.set(longer, next);
      if (next === 2 ** width) width += 1;
    } else {
      write(CLEAR, width);
      table.clear();
      width = 9;
    }
    run = grey;
  }
  write(run, width);
  write(END, width);
  if (bits) bytes.push(held & 255);
  const blocks = [];
  for (let at = 0; at < bytes.length; at += 255) {
    const block = bytes.slice(at, at + 255);
    blocks.push(block.length, ...block);
  }
  return Uint8Array.from([...blocks, 0]);
}
