// @ts-check
/* What the model sees: the picture of now in 28 x 28, and whether an upload is inverted. */
import { find } from "../lib/dom.js";
import { decodeBase64, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";

export class Source {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.canvas = find(root, "canvas", HTMLCanvasElement);
    this.label = find(root, ".seen-label", HTMLElement);
    this.invert = find(root, "fieldset", HTMLFieldSetElement);
    this.hint = find(root, ".hint", HTMLElement);
    /** @type {{plain: Uint8Array, inverted: Uint8Array, invert: boolean}} */
    this.upload = { plain: new Uint8Array(), inverted: new Uint8Array(), invert: false };
    this.invert.addEventListener("change", () => this.useUpload());
    studio.subscribe(["image", "source"], () => this.show());
    this.show();
  }

  /**
   * Take an upload: both its readings, in base64, and whether the inverted one is likely the right one.
   * @param {{plain: string, inverted: string, invert: boolean}} answer
   */
  receive({ plain, inverted, invert }) {
    /** @type {{plain: Uint8Array, inverted: Uint8Array, invert: boolean}} */
    this.upload = { plain: decodeBase64(plain), inverted: decodeBase64(inverted), invert };
    find(this.invert, "[value=auto]", HTMLInputElement).checked = true;
    this.useUpload();
    studio.say("The picture has arrived.");
  }

  useUpload() {
    const choice = find(this.invert, ":checked", HTMLInputElement).value;
    const inverted = choice === "auto" ? this.upload.invert : choice === "on";
    const image = inverted ? this.upload.inverted : this.upload.plain;
    studio.set({ image, imageLabel: "Your picture", source: "upload" });
  }

  show() {
    const { image, imageLabel, source } = studio.state;
    if (image) drawGrey(this.canvas, image);
    this.label.textContent = imageLabel;
    this.invert.disabled = source !== "upload";
    const found = this.upload.invert
      ? "Its background is light, so Auto inverts it."
      : "Its background is dark, so Auto leaves it.";
    this.hint.textContent =
      source === "upload"
        ? `Cropped, centred, 28 × 28. ${found}`
        : "Light on black, 28 × 28, like the data it has learnt from.";
  }
}
