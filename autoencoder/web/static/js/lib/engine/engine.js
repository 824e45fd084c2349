// @ts-check
/* window.studio.engine: pictures and numbers in, pictures and numbers out, computed by the server or by this browser. */
import { WEIGHTS_FILE, isStatic, modelNamed, studio } from "../studio.js";
import { nearest } from "./neighbours.js";
import { server } from "./server.js";

/** @typedef {import("../strips.js").Place} Place */
/** @typedef {import("./neighbours.js").Nearest & {name: string}} Neighbour */
/** @typedef {"server" | "browser"} Where */
/**
 * @typedef {object} Computing what both engines can do
 * @property {(model: string) => Promise<unknown>} ready
 * @property {(request: import("../strips.js").StripRequest, signal?: AbortSignal)
 *   => Promise<import("../strips.js").StripAnswer>} strip
 * @property {(model: string, image: Uint8Array) => Promise<Place>} encode
 * @property {(model: string, places: readonly Place[]) => Promise<Uint8Array>} decode
 */

const NEIGHBOURS = 6;
const LATER = 500; // ms, for Safari, which does not tell when it is idle

class Engine {
  constructor() {
    /** @type {Where} */
    this.where = isStatic || studio.query.get("engine") === "browser" ? "browser" : "server";
    /** @type {Promise<import("./browser.js").BrowserEngine> | null} */
    this.browser = null;
    /** @type {Set<string>} models that this browser has */
    this.here = new Set();
    /** @type {(() => void)[]} */
    this.listeners = [];
  }

  /** Whether this browser can compute a model: not one with an encoder or decoder of its maker's own. @param {string} model */
  canCompute(model) {
    return `${model}/${WEIGHTS_FILE}` in studio.assets;
  }

  /**
   * Compute in this browser or on the server from now on.
   * @param {Where} where
   * @param {string} model what is needed first
   */
  async choose(where, model) {
    if (where === "browser" && this.canCompute(model)) await this.prepare(model);
    this.where = where;
    for (const listener of this.listeners) listener();
  }

  /** Call a function whenever the other engine was chosen. @param {() => void} listener */
  onChange(listener) {
    this.listeners.push(listener);
  }

  /** Let this browser have a model, so that it can decode what follows the hand. @param {string} model */
  async prepare(model) {
    if (!this.canCompute(model)) return;
    this.browser ??= import("./browser.js").then((part) => new part.BrowserEngine());
    this.browser.catch(() => (this.browser = null)); // a failed fetch may be tried again
    await (await this.browser).ready(model);
    this.here.add(model);
  }

  /** The same, once the page has nothing better to do; in vain if it cannot be. @param {string} model */
  prepareLater(model) {
    const act = () => this.prepare(model).catch(() => {}); // the server goes on answering
    if ("requestIdleCallback" in window) requestIdleCallback(act);
    else setTimeout(act, LATER);
  }

  /**
   * @param {string} model
   * @returns {Promise<Computing>}
   */
  async chosen(model) {
    const { isLocal } = modelNamed(model);
    if (!isLocal && (this.where === "server" || !this.canCompute(model))) return server;
    await this.prepare(model);
    return /** @type {Promise<Computing>} */ (this.browser);
  }

  /** Resolves when a model can answer. @param {string} model */
  async ready(model) {
    await studio.ready();
    await this.chosen(model);
  }

  /**
   * One picture at all noise levels.
   * @param {import("../strips.js").StripRequest} request
   * @param {AbortSignal} [signal]
   */
  async strip(request, signal) {
    return (await this.chosen(request.model)).strip(request, signal);
  }

  /**
   * Place of a picture of 784 grey levels.
   * @param {string} model
   * @param {Uint8Array} image
   */
  async encode(model, image) {
    return (await this.chosen(model)).encode(model, image);
  }

  /**
   * Places of many pictures, computed in this browser.
   * @param {string} model
   * @param {Uint8Array} images 784 grey levels each
   * @param {AbortSignal} [signal]
   */
  async encodeMany(model, images, signal) {
    await this.prepare(model);
    return /** @type {import("./browser.js").BrowserEngine} */ (await this.browser).encodeMany(model, images, signal);
  }

  /**
   * The picture at a place of the plane.
   * @param {string} model
   * @param {Place} place
   */
  async decode(model, place) {
    return (await this.chosen(model)).decode(model, [place]);
  }

  /**
   * The same for many places; by this browser if it has the model.
   * @param {string} model
   * @param {readonly Place[]} places
   */
  async decodeMany(model, places) {
    const engine = this.here.has(model) ? await this.browser : null;
    return (engine ?? (await this.chosen(model))).decode(model, places);
  }

  /**
   * How the picture at a place changes along x and along y, 784 numbers each; always by this browser, which must be able to.
   * @param {string} model
   * @param {Place} place
   */
  async tangents(model, place) {
    await this.prepare(model);
    return /** @type {import("./browser.js").BrowserEngine} */ (await this.browser).tangents(model, place);
  }

  /**
   * The test items nearest to a place, nearest first. Both engines leave that to the page, which has the codes.
   * @param {import("./neighbours.js").Codes} plane
   * @param {number} x
   * @param {number} y
   * @returns {Neighbour[]}
   */
  neighbours(plane, x, y) {
    return nearest(plane, x, y, NEIGHBOURS).map((one) => ({ ...one, name: studio.classes[one.label].name }));
  }
}

export const engine = new Engine();
Object.assign(studio, { engine });

const stop = studio.subscribe(["strip"], ({ model }) => {
  stop(); // what is seen first has been painted
  engine.prepareLater(model);
});
