// @ts-check
/* The picture of now as the model is given it before any noise, in 28 x 28, and what the preparation of an upload did, to be undone. */
import { find } from "../lib/dom.js";
import { decodeBase64, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";

/** @typedef {import("./upload.js").Sight} Sight */

/** @type {[import("./upload.js").Switch, "invert" | "mirrored" | "background_removed"][]} */
const SWITCHES = [
  ["invert", "invert"],
  ["mirror", "mirrored"],
  ["remove_background", "background_removed"],
];

export class ModelInput {
  /**
   * @param {HTMLElement} root
   * @param {(name: import("./upload.js").Switch, on: boolean) => void} onChoice told which switch is thrown
   */
  constructor(root, onChoice) {
    this.canvas = find(root, "canvas", HTMLCanvasElement);
    this.label = find(root, ".seen-label", HTMLElement);
    this.preparation = find(root, "#preparation", HTMLFieldSetElement);
    this.hint = find(root, ".hint", HTMLElement);
    this.unusual = find(root, "#unusual", HTMLElement);
    /** @type {Sight | null} */
    this.sight = null;
    this.inputs = SWITCHES.map(([name, done]) => {
      const input = find(this.preparation, `[name=${name}]`, HTMLInputElement);
      input.addEventListener("change", () => onChoice(name, input.checked));
      return { input, done };
    });
    studio.subscribe(["image", "source"], () => this.show());
    this.show();
  }

  /** Make an upload the picture of the page. @param {Sight} sight */
  receive(sight) {
    this.sight = sight;
    studio.set({ image: decodeBase64(sight.image), imageLabel: "Your picture", source: "upload", drawing: false });
    studio.say("The picture has arrived.");
  }

  show() {
    const { image, imageLabel, source } = studio.state;
    if (image) drawGrey(this.canvas, image);
    this.label.textContent = imageLabel;
    const sight = source === "upload" ? this.sight : null;
    this.preparation.disabled = !sight;
    for (const { input, done } of this.inputs) input.checked = Boolean(sight?.[done]);
    this.unusual.hidden = !sight?.unusual;
    this.hint.textContent = sight
      ? "Cropped, centred, 28 × 28 pixels. The switches show what else was done."
      : "Light on black, 28 × 28 pixels, like the pictures it was trained on.";
  }
}
