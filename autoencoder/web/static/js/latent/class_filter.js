// @ts-check
/* The legend: a button a class, that shows or hides it. */
import { find, isCommand, make } from "../lib/dom.js";
import { studio } from "../lib/studio.js";

export class ClassFilter {
  /**
   * @param {HTMLElement} host element to fill
   * @param {(shown: boolean[]) => void} onChange called with a flag a class
   */
  constructor(host, onChange) {
    this.shown = studio.classes.map(() => true);
    /** @type {boolean[] | null} as it was before the first click of what may become a double click */
    this.before = null;
    this.onChange = onChange;
    this.buttons = studio.classes.map((one, label) => this.button(one, label));
    host.append(...this.buttons);
  }

  /**
   * @param {{name: string, colour: string}} one
   * @param {number} label
   */
  button({ name, colour }, label) {
    const swatch = make("i");
    swatch.setAttribute("aria-hidden", "true");
    const button = make("button", { type: "button", className: "lm-chip" }, swatch, name, make("small"));
    button.style.setProperty("--swatch", colour);
    button.title = `${name}: click to hide or show, double-click (or O) for only this`;
    button.setAttribute("aria-pressed", "true");
    button.setAttribute("aria-keyshortcuts", "O");
    button.addEventListener("click", (event) => {
      if (event.detail === 2 && this.before) this.only(label, this.before);
      else if (event.altKey) this.only(label);
      else this.toggle(label);
    });
    button.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "o" && !isCommand(event)) this.only(label);
    });
    return button;
  }

  /** Tell how many points of each class a map has. @param {import("../lib/plane.js").Plane} plane */
  count({ labels }) {
    const counts = this.buttons.map(() => 0);
    for (const label of labels) counts[label] += 1;
    this.buttons.forEach((button, label) => {
      find(button, "small", HTMLElement).textContent = counts[label].toLocaleString("en");
    });
  }

  /** Show a class, or hide it. @param {number} label */
  toggle(label) {
    const before = this.shown;
    this.apply(before.map((on, i) => (i === label ? !on : on)));
    this.before = before;
  }

  /**
   * Only this class; all again if it was the only one.
   * @param {number} label
   * @param {boolean[]} [before] what was shown
   */
  only(label, before = this.shown) {
    const alone = before.every((on, i) => on === (i === label));
    this.apply(before.map((_, i) => alone || i === label));
  }

  /** All classes, or none. @param {boolean} on */
  all(on) {
    this.apply(this.shown.map(() => on));
  }

  /** @param {boolean[]} shown */
  apply(shown) {
    this.before = null;
    this.shown = shown;
    this.buttons.forEach((button, label) => button.setAttribute("aria-pressed", String(shown[label])));
    this.onChange(shown);
  }
}
