// @ts-check
/* The engine on the page's server. */
import { decodeBase64, encodeBase64, toBytes, toNumbers } from "../pixels.js";
import { studio } from "../studio.js";
import { Threefry, corrupt } from "./noise.js";

/** @typedef {import("../strips.js").Place} Place */

export const server = {
  /** Nothing need be fetched. */
  async ready() {},

  /**
   * @param {import("../strips.js").StripRequest} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../strips.js").StripAnswer>}
   */
  async strip({ model, image, noise, seed }, signal) {
    const answer = await studio.api("live/strip", { model, image: encodeBase64(image), noise, seed }, signal);
    const noisy = toBytes(corrupt(toNumbers(image), noise, answer.levels, new Threefry(seed)));
    return { ...answer, noisy, reconstruction: decodeBase64(answer.reconstruction) };
  },

  /**
   * @param {string} model
   * @param {Uint8Array} image
   * @returns {Promise<Place>}
   */
  async encode(model, image) {
    return (await studio.api("live/encode", { model, image: encodeBase64(image) })).place;
  },

  /**
   * @param {string} model
   * @param {readonly Place[]} places
   */
  async decode(model, places) {
    return decodeBase64((await studio.api("live/decode-many", { model, places })).images);
  },
};
