// @ts-check
/* Thumbnails of the test items, from one large picture. */
import { SIDE } from "./pixels.js";
import { assetUrl, studio } from "./studio.js";

const COLUMNS = 100; // thumbnails a row, in the order of the test set
/** @type {Promise<HTMLImageElement> | null} */
let sprite = null;
/** @type {HTMLImageElement | null} */
let loaded = null;

/** The picture of all thumbnails, fetched once. */
export function sampleSprite() {
  sprite ??= loadSprite().catch((error) => {
    sprite = null;
    throw error;
  });
  return sprite;
}

/** Whether thumbnails can be drawn at once. */
export function hasThumbnails() {
  return loaded !== null;
}

async function loadSprite() {
  const image = new Image();
  image.src = assetUrl("samples.webp");
  try {
    await image.decode();
  } catch (error) {
    throw new Error("The thumbnails cannot be loaded.", { cause: error });
  }
  loaded = image;
  return image;
}

/**
 * Draw a test item's thumbnail over a canvas, which stays empty while the thumbnails cannot be had.
 * @param {HTMLCanvasElement} canvas
 * @param {number} index position in the test set
 */
export function drawSample(canvas, index) {
  const context = canvas.getContext("2d");
  context?.clearRect(0, 0, SIDE, SIDE); // or it would go on showing another item
  canvas.dataset.index = String(index);
  sampleSprite().then(
    (image) => {
      if (!context || canvas.dataset.index !== String(index)) return; // another is wanted by now
      const [x, y] = [(index % COLUMNS) * SIDE, Math.floor(index / COLUMNS) * SIDE];
      context.imageSmoothingEnabled = false;
      context.drawImage(image, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    },
    () => {},
  );
}

Object.assign(studio, { sampleSprite }); // for tests and benchmarks
