// @ts-check
/* Thumbnails of the test items, from one large picture. */
import { SIDE } from "./pixels.js";
import { assetUrl, studio } from "./studio.js";

const COLUMNS = 100; // thumbnails a row, in the order of the test set
/** @type {Promise<HTMLImageElement> | null} */
let sprite = null;

/** The picture of all thumbnails, fetched once. */
export function sampleSprite() {
  sprite ??= loadSprite().catch((error) => {
    sprite = null;
    throw error;
  });
  return sprite;
}

async function loadSprite() {
  const image = new Image();
  image.src = assetUrl("samples.webp");
  try {
    await image.decode();
  } catch (error) {
    throw new Error("The thumbnails cannot be loaded. Load the page again.", { cause: error });
  }
  return image;
}

/**
 * Draw a test item's thumbnail in a canvas's top left corner; nothing if the sprite cannot be had.
 * @param {CanvasRenderingContext2D} context
 * @param {number} index position in the test set
 */
export function drawSample(context, index) {
  sampleSprite().then(
    (image) => {
      const [x, y] = [(index % COLUMNS) * SIDE, Math.floor(index / COLUMNS) * SIDE];
      context.imageSmoothingEnabled = false;
      context.drawImage(image, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    },
    () => {},
  );
}

Object.assign(studio, { sampleSprite }); // for tests and benchmarks
