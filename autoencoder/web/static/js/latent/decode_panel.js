// @ts-check
/* The panel: the exact decode of the cursor's place and the test items nearest to it. */
import { toCsv } from "../lib/csv.js";
import { find, make } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { signed } from "../lib/format.js";
import { SIDE, contextOf, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { placeOf } from "../lib/geometry.js";
import { NeighbourList } from "./neighbours.js";
import { drawAtlas } from "../lib/plane.js";

/** @typedef {import("./neighbours.js").Neighbour} Neighbour */
/** @typedef {import("../lib/plane.js").Plane} Plane */

export class DecodePanel {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {(neighbour: Neighbour) => void} onPick called with a neighbour that was clicked
   * @param {(neighbours: Neighbour[]) => void} onFill called with the neighbours of each new place
   */
  constructor(root, onPick, onFill) {
    this.figure = find(root, "#decoded", HTMLElement);
    this.canvas = find(this.figure, "canvas", HTMLCanvasElement);
    this.place = find(root, ".lm-place", HTMLElement);
    this.around = find(root, ".lm-around", HTMLElement);
    this.list = new NeighbourList(find(root, "#neighbours", HTMLElement), onPick);
    this.trouble = new Trouble(find(root, "#decode-error", HTMLElement), () => this.ask());
    this.onFill = onFill;
    /** @type {Neighbour[]} */
    this.nearest = [];
    /** @type {{plane: Plane, x: number, y: number} | null} */
    this.asked = null;
    this.isNew = false; // whether the newest question has not been sent
    this.busy = false;
  }

  /**
   * Show a place: the atlas's decode at once, the exact one as soon as the server answers. While a request is under
   * way only the newest place waits, so a held arrow key cannot queue up.
   * @param {Plane} plane
   * @param {number} x
   * @param {number} y
   */
  show(plane, x, y) {
    this.figure.dataset.exact = "false";
    this.place.replaceChildren(make("span", {}, `x ${signed(x)}`), make("span", {}, `y ${signed(y)}`));
    if (!drawAtlas(this.canvas, plane, x, y)) contextOf(this.canvas).clearRect(0, 0, SIDE, SIDE);
    this.asked = { plane, x, y };
    this.ask();
  }

  /** Show nothing: what is there is another model's. */
  clear() {
    this.asked = null;
    this.figure.dataset.exact = "false";
    this.place.replaceChildren();
    this.forget();
    contextOf(this.canvas).clearRect(0, 0, SIDE, SIDE);
  }

  /** Leave no words or neighbours of another place. */
  forget() {
    this.around.textContent = "";
    this.canvas.setAttribute("aria-label", "Decoded image");
    this.list.show([]);
    this.onFill([]);
  }

  ask() {
    this.isNew = true;
    this.pump();
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    while (this.asked && this.isNew) {
      this.isNew = false;
      const { plane, x, y } = this.asked;
      try {
        const image = await engine.decode(plane.name, [x, y]);
        if (!this.isNew && this.asked) this.fill({ image, x, y, neighbours: engine.neighbours(plane, x, y) });
        this.trouble.clear();
      } catch (error) {
        if (this.isNew) continue;
        this.trouble.fail(error);
        this.forget();
      }
    }
    this.busy = false;
  }

  /** @param {{image: Uint8Array, x: number, y: number, neighbours: Neighbour[]}} answer */
  fill({ image, x, y, neighbours }) {
    drawGrey(this.canvas, image);
    const names = [...new Set(neighbours.map((one) => one.name))].join(", ");
    const words = `Decoded x ${signed(x)}, y ${signed(y)}: nearest images are ${names}`;
    this.canvas.setAttribute("aria-label", words);
    Object.assign(this.figure.dataset, { exact: "true", x, y });
    this.nearest = neighbours;
    const distance = signed(neighbours[0].distance);
    const nearest = Number(distance) ? `The nearest test image lies ${distance} away` : "A test image lies right here";
    this.around.textContent = `Around it: ${names}. ${nearest}.`;
    this.list.show(neighbours);
    studio.say(words);
    this.onFill(neighbours);
  }
}

/**
 * The codes of a plane as CSV text.
 * @param {Plane} plane
 */
export function codesCsv(plane) {
  const rows = Array.from({ length: plane.count }, (_, row) => {
    const name = studio.classes[plane.labels[row]].name;
    return [plane.index[row], name, ...placeOf(plane, row)].map(String);
  });
  return toCsv([["index", "class", "x", "y"], ...rows]);
}
