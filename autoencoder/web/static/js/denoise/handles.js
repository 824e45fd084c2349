// @ts-check
/* The two numbers as handles: other numbers, another drawing. */
import { find, make } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { signed } from "../lib/format.js";
import { modelNamed } from "../lib/studio.js";

export class Handles {
  /**
   * @param {HTMLElement} stage
   * @param {import("./pictures.js").Pictures} pictures shows the drawing
   * @param {() => void} onRelease called to show the picture's own code again
   */
  constructor(stage, pictures, onRelease) {
    this.stage = stage;
    this.pictures = pictures;
    this.code = find(stage, ".neck-code", HTMLElement);
    this.root = find(stage, ".neck-handles", HTMLElement);
    this.ranges = [...this.root.querySelectorAll("input")];
    this.button = find(this.root, "button", HTMLButtonElement);
    /** @type {import("../lib/strips.js").Strip | null} */
    this.strip = null;
    this.row = 0;
    this.newest = 0;
    this.isHeld = false;
    for (const range of this.ranges) range.addEventListener("input", () => this.move());
    this.button.addEventListener("click", () => {
      this.hold(false);
      onRelease();
    });
  }

  /**
   * Whether other numbers than a picture's own are shown with it.
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  holds(strip, row) {
    return this.isHeld && this.strip === strip && this.row === row;
  }

  /**
   * Go to the picture's own code.
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  paint(strip, row) {
    const { projected, box } = modelNamed(strip.model);
    Object.assign(this, { strip, row });
    this.newest += 1;
    this.root.hidden = projected;
    this.hold(false);
    const bounds = [
      [box.x_min, box.x_max],
      [box.y_min, box.y_max],
    ];
    this.ranges.forEach((range, axis) => {
      [range.min, range.max] = bounds[axis].map(String);
      range.value = String(strip.codes[row][axis]);
    });
  }

  /** Draw what the numbers of now decode to. */
  async move() {
    const { strip } = this;
    if (!strip) return;
    const request = (this.newest += 1);
    const [x, y] = this.ranges.map((range) => Number(range.value));
    this.hold(true);
    this.code.replaceChildren(make("span", {}, signed(x)), make("span", {}, signed(y)));
    const image = await engine.decodeMany(strip.model, [[x, y]]).catch(() => null); // the last drawing stays
    if (image && request === this.newest) this.pictures.paintDrawing(strip.image, image);
  }

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.isHeld = isHeld;
    this.stage.classList.toggle("is-held", isHeld);
    this.button.hidden = !isHeld;
  }
}
