// @ts-check
/* A picture file prepared by this browser: for the edition without a server. */
import { make } from "../dom.js";
import { contextOf, encodeBase64 } from "../pixels.js";
import { RequestError } from "../trouble.js";
import { prepare } from "./prepare.js";

const LARGEST = 1344; // pixels a side that are looked at: six of them are one of the preparation's
const UNREADABLE =
  "This file is not a picture that this browser can read. Use a PNG, JPEG, WebP, GIF, BMP or AVIF file.";

/**
 * What the models see of a picture file, as the server answers it.
 * @param {Blob} file
 * @param {import("./prepare.js").Choices} choices
 * @returns {Promise<Omit<import("../../denoise/upload.js").Sight, "unusual">>}
 */
export async function sightOf(file, choices) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch((error) => {
    throw new RequestError(UNREADABLE, false, error);
  });
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) => Math.max(1, Math.round(side * scale)));
  const context = contextOf(make("canvas", { width, height }));
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  picture.close();
  try {
    const { image, ...done } = prepare(context.getImageData(0, 0, width, height), choices);
    return { image: encodeBase64(image), ...done };
  } catch (error) {
    throw new RequestError(error instanceof Error ? error.message : String(error), false, error);
  }
}
