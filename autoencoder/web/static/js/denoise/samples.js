// @ts-check
/* The sample garments: a radio group of thumbnails. */
import { isCommand, make, thumbnail } from "../lib/dom.js";
import { drawGrey } from "../lib/pixels.js";
import { sampleState, studio } from "../lib/studio.js";

/** Number of the sample that is the picture of now, else -1. */
export function chosenSample() {
  return studio.samples.findIndex((sample) => sample.image === studio.state.image);
}

export class Samples {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.buttons = studio.samples.map((_, i) => this.button(i));
    root.replaceChildren(...this.buttons);
    root.addEventListener("keydown", (event) => this.key(event));
    studio.subscribe(["image"], () => this.mark());
    this.mark();
  }

  /** @param {number} i */
  button(i) {
    const canvas = thumbnail();
    const choose = () => studio.set(sampleState(i));
    const { image, label } = studio.samples[i];
    const { name } = studio.classes[label];
    const properties = { type: /** @type {const} */ ("button"), role: "radio", title: name, onclick: choose };
    const button = make("button", properties, canvas, make("span", {}, name));
    button.dataset.sample = String(i);
    drawGrey(canvas, image);
    return button;
  }

  mark() {
    const chosen = chosenSample();
    const shown = this.buttons[chosen];
    if (shown) this.root.scrollLeft = shown.offsetLeft - this.root.offsetLeft - this.root.clientWidth / 2; // a phone's row
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === Math.max(chosen, 0) ? 0 : -1;
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const count = this.buttons.length;
    const from = this.buttons.findIndex((button) => button === document.activeElement);
    const to = { ArrowRight: from + 1, ArrowDown: from + 1, ArrowLeft: from - 1, ArrowUp: from - 1, Home: 0, End: -1 }[
      event.key
    ];
    if (from < 0 || to === undefined || isCommand(event)) return;
    event.preventDefault();
    const next = (to + count) % count;
    studio.set(sampleState(next));
    this.buttons[next].focus();
  }
}
