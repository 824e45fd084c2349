// @ts-check
/* The strips of the picture of now: the chosen model's first, then the others' for the comparison. */
import { find } from "../lib/dom.js";
import { fetchStrip, isStripOf } from "../lib/strips.js";
import { studio } from "../lib/studio.js";
import { Trouble, isAbort } from "../lib/trouble.js";

/** @typedef {import("../lib/strips.js").Strip} Strip */

const PENDING_AFTER = 300; // ms until waiting is worth showing

export class Strips {
  /** @param {HTMLElement} stage out of whose sight nothing is fetched */
  constructor(stage) {
    this.stage = stage;
    this.trouble = new Trouble(find(stage, "#strip-error", HTMLElement), () => this.run());
    /** @type {Map<string, Strip>} by model, for the picture, noise and seed of now */
    this.cache = new Map();
    /** @type {(() => void)[]} */
    this.listeners = [];
    this.abort = new AbortController();
    this.running = false;
    this.again = false;
    this.waiting = 0;
    studio.subscribe(["image", "noise", "seed", "model"], (_, changed) => {
      if (changed.some((key) => key !== "model")) this.cache.clear();
      this.refresh();
    });
  }

  /** The strip of a model for the picture of now, if it is there already. @param {string} model */
  get(model) {
    return this.cache.get(model);
  }

  /** Call a function whenever another model's strip has come or all have become stale. @param {() => void} fn */
  onChange(fn) {
    this.listeners.push(fn);
  }

  refresh() {
    if (!studio.state.image || !this.stage.checkVisibility()) return;
    const cached = this.cache.get(studio.state.model);
    if (cached) this.show(cached);
    // While a stroke is drawn each frame asks anew: then the answer under way is let come, or none would.
    else if (this.running && studio.state.drawing) this.again = true;
    else this.run();
  }

  /** Ask again for what could not be had, now that a choice was pressed once more. */
  pressed() {
    if (this.trouble.isOn && !this.running) this.trouble.retry();
  }

  async run() {
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.running = true;
    this.again = false;
    if (!this.cache.has(studio.state.model))
      this.waiting ||= window.setTimeout(() => studio.set({ stripStatus: "pending" }), PENDING_AFTER);
    try {
      await this.fetchAll(abort.signal);
      this.trouble.clear();
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.trouble.fail(error);
      if (!this.cache.has(studio.state.model)) this.settle("failed");
    }
    if (this.abort !== abort) return;
    this.running = false;
    if (this.again) this.run();
  }

  /** @param {AbortSignal} signal */
  async fetchAll(signal) {
    const { model, image, noise, seed } = studio.state;
    if (!image) return;
    const others = studio.models.filter((one) => one.name !== model && !one.isLocal); // which is shown on the map alone
    for (const name of [model, ...others.map((one) => one.name)]) {
      if (this.cache.has(name)) continue;
      const strip = await fetchStrip({ model: name, image, noise, seed }, signal);
      const { state } = studio;
      const now = state.image ?? image;
      if (isStripOf(strip, { model: name, image: now, noise: state.noise, seed: state.seed }))
        this.cache.set(name, strip);
      // An old picture's strip is still shown while a newer stroke waits for its own.
      if (name === model && state.model === model) this.show(strip);
      else this.tell();
      if (this.again) return;
    }
  }

  /** @param {Strip} strip */
  show(strip) {
    this.settle("");
    studio.set({ strip });
    this.tell();
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /** @param {"" | "failed"} stripStatus */
  settle(stripStatus) {
    clearTimeout(this.waiting);
    this.waiting = 0;
    studio.set({ stripStatus });
  }
}
