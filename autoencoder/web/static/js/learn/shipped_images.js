// @ts-check
/* What there is to learn from: the test images of the shipped sprite. */
import { loadPlane } from "../lib/plane.js";
import { make } from "../lib/dom.js";
import { PIXELS, SIDE } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { sampleSprite } from "../lib/thumbnails.js";

/**
 * @typedef {object} PictureSet
 * @property {Uint8Array} images 784 grey levels each, in an order that means nothing
 * @property {Uint8Array} labels
 * @property {{name: string, colour: string}[]} classes
 * @property {string} source where the pictures come from, in words
 * @property {Uint16Array | null} index positions in the test set; null for a visitor's own pictures
 */

/** The test set, as the page shows it. @returns {Promise<PictureSet>} */
export async function testImages() {
  const [sprite, { labels, index }] = await Promise.all([sampleSprite(), loadPlane(studio.models[0].name)]);
  const grey = greyOf(sprite, sprite.naturalWidth, sprite.naturalHeight);
  const columns = sprite.naturalWidth / SIDE;
  const images = new Uint8Array(index.length * PIXELS);
  index.forEach((item, row) => {
    const corner = Math.floor(item / columns) * SIDE * sprite.naturalWidth + (item % columns) * SIDE;
    for (let y = 0; y < SIDE; y += 1) {
      const start = corner + y * sprite.naturalWidth;
      images.set(grey.subarray(start, start + SIDE), row * PIXELS + y * SIDE);
    }
  });
  return { images, labels, classes: studio.classes, source: `${index.length.toLocaleString("en")} test images`, index };
}

/**
 * Positions of one picture of each class, up to ten; of the first ten where there are no classes.
 * @param {Uint8Array} labels
 * @param {number} classes
 */
export function oneOfEach(labels, classes) {
  const found = Array.from({ length: classes }, (_, label) => labels.indexOf(label)).filter((row) => row >= 0);
  const others = Array.from(labels.keys()).filter((row) => !found.includes(row));
  return [...found, ...others].slice(0, 10);
}

/**
 * Grey levels of a picture drawn at a size: its red ones, for pictures that are grey.
 * @param {CanvasImageSource} picture
 * @param {number} width
 * @param {number} height
 */
function greyOf(picture, width, height) {
  const context = make("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
  if (!context) throw new Error("This browser cannot draw.");
  context.drawImage(picture, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i += 1) grey[i] = data[4 * i];
  return grey;
}
