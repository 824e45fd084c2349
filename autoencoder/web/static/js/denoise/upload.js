// @ts-check
/* The upload: one request with the file, answered with what the models see of it, by whichever process gets it. */
import { find } from "../lib/dom.js";
import { isAbort, sentenceOf, studio } from "../lib/studio.js";

export class Upload {
  /**
   * @param {HTMLElement} root
   * @param {(answer: any) => void} onArrival given both readings of a picture once it has arrived
   */
  constructor(root, onArrival) {
    this.area = find(root, ".drop", HTMLElement);
    this.error = find(root, "[role=alert]", HTMLElement);
    this.onArrival = onArrival;
    this.abort = new AbortController();
    const input = find(root, "input", HTMLInputElement);
    input.addEventListener("change", () => {
      this.send(input.files?.[0]);
      input.value = ""; // the same file again is news
    });
    for (const name of ["dragover", "dragleave", "drop"]) {
      this.area.addEventListener(name, (event) => {
        event.preventDefault();
        this.area.classList.toggle("is-over", name === "dragover");
      });
    }
    this.area.addEventListener("drop", (event) => this.send(event.dataTransfer?.files[0]));
  }

  /** Send a file; one chosen later takes its place. @param {File} [file] */
  async send(file) {
    if (!file) return;
    this.abort.abort();
    const abort = (this.abort = new AbortController());
    this.complain("");
    this.area.setAttribute("aria-busy", "true");
    try {
      checkSize(file.size, studio.limits.max_upload_bytes);
      this.onArrival(await studio.api("live/upload", file, abort.signal));
    } catch (error) {
      if (isAbort(error)) return;
      this.complain(sentenceOf(error));
    }
    if (this.abort === abort) this.area.setAttribute("aria-busy", "false");
  }

  /** @param {string} sentence */
  complain(sentence) {
    this.error.textContent = sentence;
    this.error.hidden = !sentence;
  }
}

/**
 * Refuse here what the server would refuse, which would have to cut the connection.
 * @param {number} bytes
 * @param {number} most
 */
function checkSize(bytes, most) {
  if (bytes <= most) return;
  throw new Error(`This file is larger than ${most / 1e6} MB. Scale the picture down and try again.`);
}
