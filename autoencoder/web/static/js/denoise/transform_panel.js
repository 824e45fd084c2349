// @ts-check
/* A change of the picture, step by step: its code's way over the map, and its own way among all pictures. Nothing is
   computed before the part is opened: 25 codes take a laptop a few seconds. */
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { PIXELS, drawGrey, toNumbers } from "../lib/pixels.js";
import { Projection } from "../lib/principal_plane.js";
import { modelNamed, studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { SmallPlane } from "./small_plane.js";
import { AMOUNTS, STEPS, path } from "./transforms.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("./transforms.js").Kind} Kind */

const ROUNDS = 6; // of the projection's power iterations
const TANGENT = 6; // steps that the straight line reaches to either side

export class TransformPanel {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = find(root, "#transform", HTMLDetailsElement);
    this.range = find(this.root, "input[type=range]", HTMLInputElement);
    this.words = find(this.root, "output", HTMLOutputElement);
    const [changed, drawn] = [...this.root.querySelectorAll("canvas")];
    const [onMap, among] = [...this.root.querySelectorAll("canvas.plane")].map(
      (canvas) => new SmallPlane(/** @type {HTMLCanvasElement} */ (canvas)),
    );
    this.parts = { changed, drawn, onMap, among };
    this.abort = new AbortController();
    /** @type {{pictures: Uint8Array, drawn: Uint8Array, codes: Place[], places: Place[]} | null} */
    this.way = null;
    this.trouble = new Trouble(find(root, "#transform-error", HTMLElement), () => this.compute());
    this.range.addEventListener("input", () => {
      this.describe();
      this.draw();
    });
    this.root.addEventListener("change", (event) => event.target !== this.range && this.compute());
    studio.subscribe(["image", "model"], () => this.compute());
    this.root.addEventListener("toggle", () => !this.way && this.compute());
    new MutationObserver(() => this.draw()).observe(document.body, { attributeFilter: ["class"] }); // dark or light
    this.offer();
  }

  /** Only where this browser can compute: it asks for 25 codes at once. */
  offer() {
    this.root.hidden = !engine.canCompute(studio.state.model);
  }

  /** All steps of the change chosen, of the picture and the model of now. */
  async compute() {
    const { image, model, drawing } = studio.state;
    this.way = null;
    this.abort.abort();
    const { signal } = (this.abort = new AbortController());
    this.describe();
    this.offer();
    if (!image || drawing || !this.root.open || this.root.hidden) return;
    const pictures = path(image, this.kind());
    drawGrey(this.parts.changed, pictures, Number(this.range.value) * PIXELS);
    this.root.setAttribute("aria-busy", "true");
    try {
      const codes = await engine.encodeMany(model, pictures, signal);
      const drawn = await engine.decodeMany(model, codes);
      if (signal.aborted) return;
      this.way = { pictures, drawn, codes, places: principal(pictures) };
      this.trouble.clear();
      this.draw();
    } catch (error) {
      if (!signal.aborted) this.trouble.fail(error);
    } finally {
      if (!signal.aborted) this.root.removeAttribute("aria-busy");
    }
  }

  /** @returns {Kind} */
  kind() {
    return /** @type {Kind} */ (find(this.root, ":checked", HTMLInputElement).value);
  }

  /** How far the change goes, in words. */
  describe() {
    const words = AMOUNTS[this.kind()](Number(this.range.value));
    this.words.textContent = words;
    this.range.setAttribute("aria-valuetext", words);
  }

  draw() {
    if (!this.way) return;
    const { pictures, drawn, codes, places } = this.way;
    const { changed, drawn: canvas, onMap, among } = this.parts;
    const step = Number(this.range.value);
    drawGrey(changed, pictures, step * PIXELS);
    drawGrey(canvas, drawn, step * PIXELS);
    const { box } = modelNamed(studio.state.model);
    onMap.draw({ runs: [codes], now: codes[step], star: codes[(STEPS - 1) / 2] }, box);
    among.draw({ runs: [places], now: places[step], star: places[(STEPS - 1) / 2], line: tangent(places, step) });
    this.root.dataset.step = String(step);
  }
}

/** Places of pictures in the two directions in which they vary most. @param {Uint8Array} pictures @returns {Place[]} */
function principal(pictures) {
  const numbers = toNumbers(pictures);
  const projection = new Projection(PIXELS);
  const difference = (/** @type {number} */ step) =>
    numbers.slice(0, PIXELS).map((value, i) => numbers[step * PIXELS + i] - value);
  projection.axes = [difference(STEPS - 1), difference((STEPS - 1) / 2)]; // not zero, as single pixels may be
  for (let round = 0; round < ROUNDS; round += 1) projection.follow(numbers);
  const flat = projection.places(numbers);
  return Array.from({ length: STEPS }, (_, step) => [flat[2 * step], flat[2 * step + 1]]);
}

/** Two ends of the straight line along a curve at one of its points. @param {Place[]} places @param {number} step @returns {Place[]} */
function tangent(places, step) {
  const [before, after] = [Math.max(0, step - 1), Math.min(STEPS - 1, step + 1)];
  const [x, y] = places[step];
  const [dx, dy] = [0, 1].map((axis) => (places[after][axis] - places[before][axis]) / (after - before));
  return [
    [x - TANGENT * dx, y - TANGENT * dy],
    [x + TANGENT * dx, y + TANGENT * dy],
  ];
}
