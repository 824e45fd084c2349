/* Fetches strips: everything a model makes of one picture under one noise, at all levels. */

const PENDING_AFTER = 300; // ms until waiting is worth showing

class Strips {
  /** @param onError told a sentence, or "" when all is well again */
  constructor(onError) {
    this.onError = onError;
    this.cache = new Map(); // by model, for the picture, noise and seed of now
    this.listeners = [];
    studio.subscribe(["image", "noise", "seed", "model"], (_, changed) => {
      if (["image", "noise", "seed"].some((key) => changed.includes(key))) this.cache.clear();
      this.refresh();
    });
  }

  /** The strip of a model for the picture of now, if it is there already. */
  get(model) {
    return this.cache.get(model);
  }

  /** Call `fn()` whenever another model's strip has come or all have become stale. */
  onChange(fn) {
    this.listeners.push(fn);
  }

  refresh() {
    if (!studio.state.image) return;
    const ready = this.cache.get(studio.state.model);
    if (ready) this.show(ready);
    // While a stroke is drawn each frame asks anew: then the answer under way is let come, or none would.
    else if (this.running && studio.state.drawing) this.again = true;
    else this.run();
  }

  async run() {
    this.abort?.abort();
    const abort = (this.abort = new AbortController());
    this.running = true;
    this.again = false;
    this.waiting ??= setTimeout(() => studio.set({ stripPending: true }), PENDING_AFTER);
    try {
      await this.fetchAll(abort.signal);
      this.onError("");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.settle();
      this.onError(error.message);
    }
    if (this.abort !== abort) return;
    this.running = false;
    if (this.again) this.run();
  }

  /** The chosen model first, then the others one by one for the comparison. */
  async fetchAll(signal) {
    const { model, image, noise, seed } = studio.state;
    const names = [model, ...studio.models.map((one) => one.name).filter((name) => name !== model)];
    for (const name of names) {
      if (this.cache.has(name)) continue;
      const strip = await fetchStrip({ model: name, image, noise, seed }, signal);
      const { state } = studio;
      if (state.image === image && state.noise === noise && state.seed === seed) this.cache.set(name, strip);
      // An old picture's strip is still shown while a newer stroke waits for its own.
      if (name === model && state.model === model) this.show(strip);
      else for (const tell of this.listeners) tell();
      if (this.again) return;
    }
  }

  show(strip) {
    this.settle();
    studio.set({ strip });
    for (const tell of this.listeners) tell();
  }

  settle() {
    clearTimeout(this.waiting);
    this.waiting = null;
    studio.set({ stripPending: false });
  }
}

async function fetchStrip({ model, image, noise, seed }, signal) {
  const answer = await studio.api("live/strip", { model, image: studio.encodeBase64(image), noise, seed }, signal);
  return {
    ...answer, image,
    noisy: studio.decodeBase64(answer.noisy),
    reconstruction: studio.decodeBase64(answer.reconstruction),
  };
}

/** Row of a strip that belongs to the level of now. */
function rowNow(strip) {
  return Math.min(Math.round(studio.state.level * 100), strip.levels.length - 1);
}
