// @ts-check
/* The message of a request that failed: a sentence and "Try again". What may pass is also asked again by itself, after
   longer and longer pauses, when the connection is back, and when the visitor is. */
import { make } from "./dom.js";

/** Kinds of errors whose words are the browser's own, for developers: of a line that broke, or of a script's fault. */
const FOREIGN = [TypeError, SyntaxError, DOMException];
const NOT_WHOLE = "This could not be read as a whole. Check the connection and try again.";
const PAUSE = { first: 2000, most: 60_000 }; // ms

/** Why there is no answer, as a sentence for people. */
export class RequestError extends Error {
  /**
   * @param {string} sentence
   * @param {boolean} mayPass whether the same request may be answered later
   * @param {unknown} [cause]
   */
  constructor(sentence, mayPass, cause) {
    super(sentence, { cause });
    this.mayPass = mayPass;
  }
}

/**
 * Whether a request ended because a newer one took its place.
 * @param {unknown} error
 */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

export class Trouble {
  /**
   * @param {HTMLElement} root hidden while all is well
   * @param {() => void} again asks again; ends in `fail` or `clear`
   */
  constructor(root, again) {
    this.root = root;
    this.again = again;
    this.words = make("span");
    this.button = make("button", { type: "button", textContent: "Try again", onclick: () => this.retry() });
    this.pause = PAUSE.first;
    this.timer = 0; // 0 while nothing is to be asked again
    root.classList.add("trouble");
    root.replaceChildren(this.words, " ", this.button);
    for (const name of ["online", "focus"]) addEventListener(name, () => this.timer && this.retry());
  }

  get isOn() {
    return !this.root.hidden;
  }

  /** @param {unknown} error */
  fail(error) {
    const mayPass = !(error instanceof RequestError) || error.mayPass;
    const isForeign = FOREIGN.some((kind) => error instanceof kind);
    if (isForeign) console.warn(error);
    this.words.textContent = isForeign ? NOT_WHOLE : error instanceof Error ? error.message : String(error);
    this.button.hidden = !mayPass;
    this.root.hidden = false;
    clearTimeout(this.timer);
    this.timer = mayPass ? setTimeout(() => this.retry(), this.pause) : 0;
  }

  clear() {
    clearTimeout(this.timer);
    Object.assign(this, { timer: 0, pause: PAUSE.first });
    this.root.hidden = true;
  }

  retry() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.pause = Math.min(2 * this.pause, PAUSE.most); // not at each failure: a stroke has one a frame
    this.again();
  }
}
