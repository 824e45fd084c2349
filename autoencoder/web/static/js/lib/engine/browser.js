// @ts-check
/* The engine in this browser. What must follow the hand is decoded on the page's own thread, within the frame; what takes
   longer, in a worker. */
import { allLevels } from "../levels.js";
import { WEIGHTS_FILE, assetBytes, studio } from "../studio.js";
import { WorkerCalls } from "../worker_calls.js";
import { BrowserModel } from "./model.js";

/** @typedef {import("../strips.js").Place} Place */

const newWorker = () => new WorkerCalls(new URL("./worker.js", import.meta.url));
const FAILED = "The model could not be fetched. Check the connection and try again.";

export class BrowserEngine {
  constructor() {
    this.worker = newWorker();
    /** @type {Map<string, Promise<BrowserModel>>} by name, once the worker has it too */
    this.models = new Map();
    /** @type {Promise<unknown>} the last question put to the worker */
    this.last = Promise.resolve();
  }

  /** Fetch a model, once. @param {string} name */
  ready(name) {
    if (this.worker.hasFailed) {
      this.worker = newWorker(); // and what the last one had is gone
      this.models.clear();
    }
    const model = this.models.get(name) ?? this.load(name);
    this.models.set(name, model);
    model.catch(() => this.models.delete(name)); // a failed fetch may be tried again
    return model;
  }

  /** @param {string} name */
  async load(name) {
    const packed = new Blob([await assetBytes(`${name}/${WEIGHTS_FILE}`, FAILED)]);
    const file = await new Response(packed.stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
    await this.worker.ask("load", { model: name, file });
    return new BrowserModel(file);
  }

  /**
   * Put a question to the worker after those before it, unless it has been given up by then.
   * @param {string} task
   * @param {{model: string}} request
   * @param {AbortSignal} [signal]
   */
  async inTurn(task, request, signal) {
    await this.ready(request.model);
    const turn = this.last.then(() => {
      signal?.throwIfAborted();
      return this.worker.ask(task, request);
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
    const request = { model, image, noise, seed, levels: allLevels(studio.limits) };
    return this.inTurn("strip", request, signal);
  }

  /**
   * @param {string} model
   * @param {Uint8Array} image
   * @returns {Promise<Place>}
   */
  async encode(model, image) {
    return (await this.encodeMany(model, image))[0];
  }

  /**
   * @param {string} model
   * @param {Uint8Array} images 784 grey levels each
   * @param {AbortSignal} [signal]
   * @returns {Promise<Place[]>}
   */
  encodeMany(model, images, signal) {
    const request = { model, images };
    return this.inTurn("encode", request, signal);
  }

  /**
   * @param {string} model
   * @param {readonly Place[]} places
   */
  async decode(model, places) {
    return (await this.ready(model)).decode(places);
  }

  /**
   * @param {string} model
   * @param {Place} place
   */
  async tangents(model, place) {
    return (await this.ready(model)).tangents(place);
  }
}
