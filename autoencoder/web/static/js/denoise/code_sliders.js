// @ts-check
/* Sliders for the code's two numbers: other numbers, another drawing. */
import { find, make } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { signed } from "../lib/format.js";
import { PIXELS } from "../lib/pixels.js";
import { modelNamed } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";

export class CodeSliders {
  /**
   * @param {HTMLElement} stage
   * @param {import("./pictures.js").Pictures} pictures shows the drawing
   * @param {() => void} onRelease called to show the picture's own code again
   */
  constructor(stage, pictures, onRelease) {
    this.stage = stage;
    this.pictures = pictures;
    this.code = find(stage, ".code-numbers", HTMLElement);
    this.root = find(stage, ".code-sliders", HTMLElement);
    this.ranges = [...this.root.querySelectorAll("input")];
    this.button = find(this.root, "button", HTMLButtonElement);
    this.trouble = new Trouble(find(stage, "#code-error", HTMLElement), () => this.move());
    /** @type {import("../lib/strips.js").Strip | null} */
    this.strip = null;
    this.row = 0;
    /** @type {{strip: import("../lib/strips.js").Strip, place: import("../lib/strips.js").Place} | null} */
    this.wanted = null;
    this.isBusy = false;
    this.isHeld = false;
    for (const range of this.ranges) range.addEventListener("input", () => this.move());
    this.onRelease = onRelease;
    this.button.addEventListener("click", () => {
      this.ranges[0].focus(); // the button goes
      this.release();
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
    Object.assign(this, { strip, row, wanted: null });
    this.root.hidden = projected;
    this.hold(false);
    if (this.trouble.isOn) this.trouble.clear();
    const bounds = [
      [box.x_min, box.x_max],
      [box.y_min, box.y_max],
    ];
    this.ranges.forEach((range, axis) => {
      [range.min, range.max] = bounds[axis].map(String);
      range.value = String(strip.codes[row][axis]);
      range.setAttribute("aria-valuetext", signed(strip.codes[row][axis]));
    });
  }

  /** Draw what the numbers of now decode to. */
  move() {
    const { strip } = this;
    if (!strip) return;
    const [x, y] = this.ranges.map((range) => Number(range.value));
    const numbers = [signed(x), signed(y)];
    this.hold(true);
    this.wanted = { strip, place: [x, y] };
    this.code.replaceChildren(...numbers.map((number) => make("span", {}, number)));
    this.ranges.forEach((range, axis) => range.setAttribute("aria-valuetext", numbers[axis]));
    this.pump();
  }

  /** One drawing at a time: of those asked for meanwhile, the newest counts. */
  async pump() {
    if (this.isBusy) return;
    this.isBusy = true;
    while (this.wanted) {
      const { strip, place } = this.wanted;
      this.wanted = null;
      const isOld = () => !this.isHeld || this.wanted || this.strip !== strip;
      try {
        const image = await engine.decodeMany(strip.model, [place]);
        if (isOld()) continue;
        if (this.trouble.isOn) this.trouble.clear();
        this.pictures.paintDrawing(strip.image, image);
      } catch (error) {
        if (isOld()) continue;
        this.trouble.fail(error);
        this.pictures.paintDrawing(strip.image, new Uint8Array(PIXELS)); // that of other numbers would mislead
      }
    }
    this.isBusy = false;
  }

  release() {
    this.hold(false);
    this.onRelease();
  }

  /** @param {boolean} isHeld */
  hold(isHeld) {
    this.isHeld = isHeld;
    this.stage.classList.toggle("is-held", isHeld);
    this.button.hidden = !isHeld;
  }
}
