// @ts-check
/* The engine in this browser. What must follow the hand is decoded on the page's own thread, within the frame; what takes
   longer, in a worker. */
import { allLevels } from "../levels.js";
import { assetUrl, studio } from "../studio.js";
import { BrowserModel } from "./model.js";

/** @typedef {import("../strips.js").Place} Place */
/** @typedef {{file: ArrayBuffer, here: BrowserModel}} Loaded */

const FAILED = "The model could not be fetched. Check the connection and try again.";

export class BrowserEngine {
  constructor() {
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    /** @type {Map<string, Promise<BrowserModel>>} by model, once the worker has it too */
    this.models = new Map();
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.asked = 0;
    /** @type {Promise<unknown>} the last question put to the worker */
    this.last = Promise.resolve();
    this.worker.addEventListener("message", ({ data: { id, answer, error } }) => {
      const { resolve, reject } = /** @type {any} */ (this.waiting.get(id));
      this.waiting.delete(id);
      if (error) reject(new Error(error));
      else resolve(answer);
    });
    this.worker.addEventListener("error", () => this.fail());
  }

  /** The worker cannot start, or ended: whoever waits is told. */
  fail() {
    for (const { reject } of this.waiting.values()) reject(new Error("This browser cannot compute the models."));
    this.waiting.clear();
  }

  /**
   * @param {string} task
   * @param {string} model
   * @param {unknown} request
   * @returns {Promise<any>}
   */
  ask(task, model, request) {
    return new Promise((resolve, reject) => {
      this.asked += 1;
      this.waiting.set(this.asked, { resolve, reject });
      this.worker.postMessage({ id: this.asked, task, model, request });
    });
  }

  /** Fetch a model, once. @param {string} name */
  ready(name) {
    let model = this.models.get(name);
    if (!model) {
      model = this.load(name);
      model.catch(() => this.models.delete(name)); // a failed fetch may be tried again
      this.models.set(name, model);
    }
    return model;
  }

  /** @param {string} name */
  async load(name) {
    const answer = await fetch(assetUrl(`${name}/model.safetensors`));
    if (!answer.ok) throw new Error(FAILED);
    const file = await answer.arrayBuffer();
    await this.ask("load", name, file);
    return new BrowserModel(file);
  }

  /**
   * Put a question to the worker after those before it, unless it has been given up by then.
   * @param {string} task
   * @param {string} model
   * @param {unknown} request
   * @param {AbortSignal} [signal]
   */
  async inTurn(task, model, request, signal) {
    await this.ready(model);
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return this.ask(task, model, request);
    });
    this.last = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {import("../strips.js").StripRequest} request
   * @param {AbortSignal} [signal]
   * @returns {Promise<import("../strips.js").StripAnswer>}
   */
  strip({ model, image, noise, seed }, signal) {
    return this.inTurn("strip", model, { image, noise, seed, levels: allLevels(studio.limits) }, signal);
  }

  /**
   * @param {string} model
   * @param {Uint8Array} image
   * @returns {Promise<Place>}
   */
  encode(model, image) {
    return this.inTurn("encode", model, image);
  }

  /**
   * @param {string} model
   * @param {readonly Place[]} places
   */
  async decode(model, places) {
    return (await this.ready(model)).decode(places);
  }
}
