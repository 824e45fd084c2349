// @ts-check
/* The tangent plane of the decoder's sheet: how the picture at a place changes as each of its two coordinates grows. */
import { viewChanged } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { signed } from "../lib/format.js";
import { PIXELS, diverging, drawPixels } from "../lib/pixels.js";
import { Trouble } from "../lib/trouble.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("../lib/plane.js").Plane} Plane */

export class Tangents {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {import("./map_layers.js").Overlay} overlay shows the two directions
   */
  constructor(root, overlay) {
    this.overlay = overlay;
    this.toggle = find(root, "#tangents", HTMLInputElement);
    this.root = find(root, ".lm-tangents", HTMLElement);
    this.canvases = [...this.root.querySelectorAll("canvas")];
    this.scale = find(this.root, ".lm-scale", HTMLElement);
    this.trouble = new Trouble(find(root, "#tangents-error", HTMLElement), () => this.show());
    /** @type {{plane: Plane, place: Place} | null} */
    this.cursor = null;
    /** @type {Place | null} where the pointer is */
    this.pointer = null;
    this.newest = 0; // number of the newest question
    this.toggle.addEventListener("input", () => {
      this.show();
      viewChanged();
    });
  }

  /** @param {Plane | null} plane null until the map is there @param {Place} place */
  setCursor(plane, place) {
    this.cursor = plane && { plane, place };
    this.toggle.disabled = !plane || !engine.canCompute(plane.name);
    this.show();
  }

  /** Show the pointer's place; the cursor's again for null. @param {Place | null} place */
  look(place) {
    if (!place && !this.pointer) return;
    this.pointer = place;
    this.show();
  }

  async show() {
    const isOn = this.toggle.checked && !this.toggle.disabled;
    this.root.hidden = !isOn;
    const question = (this.newest += 1);
    const { cursor } = this;
    const place = this.pointer ?? cursor?.place;
    this.overlay.set({ directions: isOn && place ? place : null });
    if (!isOn) this.trouble.clear();
    if (!isOn || !cursor || !place) return;
    try {
      const slopes = await engine.tangents(cursor.plane.name, place);
      if (question !== this.newest) return; // a newer place was asked for meanwhile
      this.trouble.clear();
      this.draw(slopes, place);
    } catch (error) {
      if (question === this.newest) this.trouble.fail(error);
    }
  }

  /**
   * @param {Float32Array} slopes two pictures, of numbers of both signs
   * @param {Place} place
   */
  draw(slopes, [x, y]) {
    const most = slopes.reduce((greatest, slope) => Math.max(greatest, Math.abs(slope)), 1e-6);
    this.canvases.forEach((canvas, axis) => {
      drawPixels(canvas, (i) => diverging(slopes[axis * PIXELS + i] / most));
    });
    this.scale.textContent = signed(most);
    Object.assign(this.root.dataset, { x, y });
  }
}
