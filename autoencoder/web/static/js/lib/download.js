// @ts-check
/* Files for the visitor to keep. */
import { make } from "./dom.js";
import { contextOf } from "./pixels.js";

/**
 * Save a Blob as it is, or a canvas as a PNG whose every pixel is `scale` screen pixels wide.
 * @param {string} filename
 * @param {Blob | HTMLCanvasElement} source
 * @param {number} [scale]
 */
export async function download(filename, source, scale = 1) {
  const blob = source instanceof Blob ? source : await enlarged(source, scale);
  const link = make("a", { href: URL.createObjectURL(blob), download: filename });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // Safari asks first
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
