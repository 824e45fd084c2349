// @ts-check
/* Links: the view as a part of the address, and an address as the view. */
import { nearestLevel } from "../lib/levels.js";
import { integerIn, numberIn } from "../lib/links.js";
import { PIXELS, decodeBase64, encodeBase64 } from "../lib/pixels.js";
import { sampleState, studio } from "../lib/studio.js";
import { chosenSample } from "./samples.js";

/** The state that the page's address asks for, but the model; what it does not name, or names wrongly, is left out. */
export function stateFromLink() {
  const { query, samples, kinds, limits } = studio;
  /** @type {Partial<import("../lib/studio.js").State>} */
  const patch = {};
  const sample = integerIn(query, "sample", 0, samples.length - 1);
  const image = imageFrom(query.get("image"));
  if (sample !== null) Object.assign(patch, sampleState(sample));
  else if (image) Object.assign(patch, { image, imageLabel: "The link’s picture", source: "link" });
  const noise = query.get("noise");
  if (noise && kinds.some((kind) => kind.value === noise)) patch.noise = noise;
  const seed = integerIn(query, "seed", 0, limits.max_seed);
  if (seed !== null) patch.seed = seed;
  const level = numberIn(query, "level", 0, limits.max_level);
  if (level !== null) patch.level = nearestLevel(level, limits);
  return patch;
}

/** The view of now as a part of the address. @returns {import("../lib/address.js").Part} */
export function view() {
  const { image, noise, level, seed, model } = studio.state;
  const sample = chosenSample();
  const picture = sample < 0 && image ? imageTo(image) : null;
  return { sample: sample < 0 ? null : sample, image: picture, noise, level: level.toFixed(2), seed, model };
}

/**
 * A picture as a link holds it.
 * @param {Uint8Array} image
 */
function imageTo(image) {
  return encodeBase64(image).replaceAll("+", "-").replaceAll("/", "_");
}

/**
 * The picture that a link holds, or null.
 * @param {string | null} text
 */
function imageFrom(text) {
  try {
    const bytes = decodeBase64((text ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return bytes.length === PIXELS ? bytes : null;
  } catch {
    return null; // not base64
  }
}
