// @ts-check
/* Strips: everything a model makes of one picture under one noise, at all levels. */
import { engine } from "./engine/engine.js";

/** @typedef {[number, number]} Place */
/** @typedef {Record<string, (number | null)[]>} Scores by metric, a number a level; null is an infinite PSNR */
/** @typedef {{model: string, image: Uint8Array, noise: string, seed: number}} StripRequest */
/**
 * @typedef {object} StripAnswer
 * @property {number[]} levels
 * @property {Uint8Array} noisy 784 grey levels a row
 * @property {Uint8Array} reconstruction the same
 * @property {Scores} scores of the reconstruction
 * @property {Scores} noisy_scores of the noisy picture
 * @property {Place[]} codes
 * @property {Place} clean_code
 */
/** @typedef {StripRequest & StripAnswer} Strip */

/** @type {{wanted: StripRequest, answer: Promise<Strip>} | null} what was asked for before there was a place to show it */
let ahead = null;

/** Ask for a strip that will be wanted soon: who first fetches the same is given it. @param {StripRequest} wanted */
export function fetchAhead(wanted) {
  const answer = fetchStrip(wanted);
  answer.catch(() => {}); // told to who wants it
  ahead = { wanted, answer };
}

/**
 * Ask the engine for a strip.
 * @param {StripRequest} wanted
 * @param {AbortSignal} [signal]
 * @returns {Promise<Strip>}
 */
export async function fetchStrip(wanted, signal) {
  const asked = ahead;
  if (!asked || !isStripOf(asked.wanted, wanted)) return { ...(await engine.strip(wanted, signal)), ...wanted };
  ahead = null;
  const strip = await asked.answer;
  signal?.throwIfAborted();
  return strip;
}

/**
 * Whether a strip is what a request asks for.
 * @param {StripRequest | null} strip
 * @param {StripRequest} wanted
 */
export function isStripOf(strip, { model, image, noise, seed }) {
  return strip?.model === model && strip.image === image && strip.noise === noise && strip.seed === seed;
}
