// @ts-check
/* The test items nearest to the cursor, each on a button that moves the cursor there. */
import { find, make, thumbnail } from "../lib/dom.js";
import { studio } from "../lib/studio.js";
import { drawSample } from "../lib/thumbnails.js";

/** @typedef {import("../lib/engine/engine.js").Neighbour} Neighbour */

export class NeighbourList {
  /**
   * @param {HTMLElement} list element to fill
   * @param {(neighbour: Neighbour) => void} onPick called with a neighbour that was clicked
   */
  constructor(list, onPick) {
    this.list = list;
    this.onPick = onPick;
    /** @type {HTMLButtonElement[]} */
    this.buttons = [];
    /** @type {Neighbour[]} */
    this.shown = [];
    /** @type {Neighbour | null} */
    this.pressed = null;
  }

  /**
   * Show other neighbours. The buttons stay: replaced under a focus or between a finger's down and up, they would
   * lose the focus or the click.
   * @param {Neighbour[]} neighbours
   */
  show(neighbours) {
    this.shown = neighbours;
    while (this.buttons.length < neighbours.length) this.add(this.buttons.length);
    this.buttons.forEach((button, i) => {
      if (button.parentElement) button.parentElement.hidden = !neighbours[i];
      if (neighbours[i]) fill(button, neighbours[i]);
    });
  }

  /** @param {number} position */
  add(position) {
    const button = make("button", { type: "button" }, thumbnail(), make("span"));
    button.addEventListener("pointerdown", () => {
      this.pressed = this.shown[position];
    });
    // What was pressed counts, though newer neighbours may have come before the release. A key (detail 0)
    // is pressed and released at once.
    button.addEventListener("click", ({ detail }) => {
      this.onPick((detail && this.pressed) || this.shown[position]);
    });
    this.list.append(make("li", {}, button));
    this.buttons.push(button);
  }
}

/**
 * @param {HTMLButtonElement} button
 * @param {Neighbour} neighbour
 */
function fill(button, { index, label, name, distance }) {
  button.dataset.index = String(index);
  button.style.setProperty("--swatch", studio.classes[label].colour);
  button.title = `Test image ${index}, ${name}, at distance ${distance.toFixed(3)}: move the cursor there`;
  find(button, "span", HTMLElement).textContent = name;
  drawSample(find(button, "canvas", HTMLCanvasElement), index);
}
