// @ts-check
/* A picture of the visitor's own: chosen, dropped anywhere on the tab or pasted. One request with the file, answered
   with what the models see of it, by whichever process gets it. */
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { decodeBase64 } from "../lib/pixels.js";
import { isStatic, studio } from "../lib/studio.js";
import { RequestError, Trouble } from "../lib/trouble.js";

/** @typedef {"invert" | "mirror" | "remove_background"} Switch */
/** @typedef {Partial<Record<Switch, boolean>>} Choices what is forced; the rest is left to the server */
/** @typedef {{file: Blob, choices: Choices}} Question */
/**
 * @typedef {object} Sight what the models see of a picture, and what was done to it
 * @property {string} image base64 of 784 grey levels
 * @property {boolean} invert
 * @property {boolean} mirrored
 * @property {boolean} background_removed
 * @property {boolean} unusual whether it is unlike the training data
 */

const FOREIGN =
  "This is a link to a picture on another site, which this page cannot fetch. Save the picture and drop its file, " +
  "or copy the picture itself and paste it here.";
const FOLDER = "This is a folder. Drop a picture of it here; the Learn tab trains on whole folders.";
const NOTHING = "There is no picture in this. Choose, drop or paste a picture file.";

export class Upload {
  /**
   * @param {HTMLElement} root the tab, on all of which a picture may be dropped
   * @param {{onSight: (sight: Sight) => void, onRefusal: () => void}} listeners told what has come of a file
   */
  constructor(root, listeners) {
    this.root = root;
    this.area = find(root, "#upload .drop", HTMLElement);
    this.listeners = listeners;
    this.abort = new AbortController();
    /** @type {Question | null} */
    this.asked = null;
    /** @type {Question | null} the one whose answer is shown */
    this.answered = null;
    this.trouble = new Trouble(find(root, "#upload-error", HTMLElement), () => this.asked && this.send(this.asked));
    const input = find(root, "#upload input", HTMLInputElement);
    input.addEventListener("change", () => {
      this.take(input.files?.[0]);
      input.value = ""; // the same file again is news
    });
    this.listenForDrops();
    document.addEventListener("paste", (event) => this.paste(event));
    studio.subscribe(["image"], ({ source }) => source !== "upload" && this.forget());
  }

  listenForDrops() {
    this.root.addEventListener("dragstart", (event) => event.preventDefault()); // the tab's own words are no picture
    for (const name of ["dragover", "dragleave", "drop"])
      addEventListener(name, () => this.area.classList.toggle("is-over", name === "dragover"));
    addEventListener("drop", (event) => this.takeFrom(event.dataTransfer));
  }

  /** @param {ClipboardEvent} event */
  paste(event) {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type === "number";
    const hasFile = Boolean(event.clipboardData?.files.length);
    if (hasFile || !isTyping) this.takeFrom(event.clipboardData);
  }

  /** Take the file of a drop or of the clipboard, or what its link leads to. @param {DataTransfer | null} transfer */
  async takeFrom(transfer) {
    if (!this.root.checkVisibility()) return; // it is meant for another tab
    const link = transfer?.getData("text/uri-list") || transfer?.getData("text/plain") || "";
    const file = transfer?.files[0];
    if (transfer?.items[0]?.webkitGetAsEntry?.()?.isDirectory) this.refuse(FOLDER);
    else if (file) this.take(file);
    else if (!URL.canParse(link)) this.refuse(NOTHING);
    else if (!/^(data|blob):/.test(link) && new URL(link).origin !== location.origin) this.refuse(FOREIGN);
    else {
      this.forget();
      const signal = this.begin();
      const answer = await fetch(link, { signal }).catch(() => null);
      const found = answer?.ok ? await answer.blob().catch(() => null) : null;
      if (signal.aborted) return;
      if (found) this.take(found);
      else this.refuse(NOTHING);
    }
  }

  /** Send a file; one chosen later takes its place. @param {Blob} [file] */
  take(file) {
    if (file) this.send({ file, choices: {} });
  }

  /**
   * Force or forbid something that is done to the picture: to the one that is shown, if no other is under way.
   * @param {Switch} name
   * @param {boolean} on
   */
  choose(name, on) {
    const before = this.area.getAttribute("aria-busy") === "true" ? this.asked : this.answered;
    if (before) this.send({ ...before, choices: { ...before.choices, [name]: on } });
  }

  /** Give up what is under way; returns the signal of what begins. */
  begin() {
    this.abort.abort();
    this.abort = new AbortController();
    return this.abort.signal;
  }

  /** Nothing shall come of what is under way: another picture was chosen meanwhile. */
  forget() {
    this.abort.abort();
    this.trouble.clear();
    this.area.setAttribute("aria-busy", "false");
  }

  /** @param {Question} question */
  async send(question) {
    const { file, choices } = question;
    this.asked = question;
    const signal = this.begin();
    this.area.setAttribute("aria-busy", "true");
    try {
      checkSize(file.size, studio.limits.max_upload_bytes);
      const sight = isStatic ? await this.prepareHere(file, choices) : await this.prepareThere(file, choices, signal);
      if (signal.aborted) return;
      this.answered = question;
      this.trouble.clear();
      this.listeners.onSight(sight);
    } catch (error) {
      if (signal.aborted) return;
      this.trouble.fail(error);
      this.listeners.onRefusal();
    }
    this.area.setAttribute("aria-busy", "false");
  }

  /**
   * @param {Blob} file
   * @param {Choices} choices
   * @param {AbortSignal} signal
   * @returns {Promise<Sight>}
   */
  prepareThere(file, choices, signal) {
    const query = new URLSearchParams(Object.entries(choices).map(([name, on]) => [name, on ? "1" : "0"]));
    return studio.api(`live/upload?${query}`, file, signal);
  }

  /** @param {Blob} file @param {Choices} choices @returns {Promise<Sight>} */
  async prepareHere(file, choices) {
    const { sightOf } = await import("../lib/preparation/read.js");
    const sight = await sightOf(file, choices);
    return { ...sight, unusual: await isUnusual(decodeBase64(sight.image)) };
  }

  /** @param {string} sentence */
  refuse(sentence) {
    this.trouble.fail(new RequestError(sentence, false));
  }
}

/**
 * Whether a picture is unlike the training data: the first model with a threshold reconstructs it badly.
 * @param {Uint8Array} image
 */
async function isUnusual(image) {
  const judge = studio.models.find((model) => model.unusual_above !== null);
  if (!judge) return false;
  const { scores } = await engine.strip({ model: judge.name, image, noise: "gaussian", seed: 0 });
  return 1 - (scores.ssim[0] ?? 1) > (judge.unusual_above ?? 1); // at level 0
}

/**
 * Refuse here what the server would refuse, which would have to cut the connection.
 * @param {number} bytes
 * @param {number} most
 */
function checkSize(bytes, most) {
  if (bytes <= most) return;
  throw new RequestError(`This file is larger than ${most / 1e6} MB. Scale the picture down and try again.`, false);
}
