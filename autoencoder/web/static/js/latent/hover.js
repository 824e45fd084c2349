// @ts-check
/* What lies under the pointer, without asking the server: the nearest test item within reach, else the
   atlas's decode of the place. Drawn in the frame that follows the move. */
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { signed } from "../lib/format.js";
import { SIDE, contextOf, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { drawSample, hasThumbnails } from "../lib/thumbnails.js";
import { nearestRow, placeOf } from "../lib/geometry.js";
import { drawAtlas } from "../lib/plane.js";

/** @typedef {import("../lib/plane.js").Plane} Plane */
/**
 * @typedef {object} Source
 * @property {Plane | null} plane null until the map is drawn
 * @property {boolean[]} shown a flag a class
 * @property {import("./plot.js").View} view
 * @property {import("./map_layers.js").Overlay} overlay
 */

const REACH = 9; // pixels: a little more than a point's radius, less than the gaps between them
const CARD = { width: 104, height: 142, gap: 18 }; // pixels, as the style has it

export class HoverCard {
  /**
   * @param {HTMLElement} map element that holds plot, overlay and card
   * @param {() => Source} source
   * @param {(place: import("../lib/strips.js").Place | null) => void} onPlace called with the place under the pointer, if any
   */
  constructor(map, source, onPlace) {
    this.map = map;
    this.source = source;
    this.onPlace = onPlace;
    this.card = find(map, ".lm-card", HTMLElement);
    this.canvas = find(this.card, "canvas", HTMLCanvasElement);
    this.title = find(this.card, "b", HTMLElement);
    this.detail = find(this.card, "span", HTMLElement);
    /** @type {PointerEvent | null} */
    this.last = null;
    this.queued = 0;
    map.addEventListener("pointermove", (event) => this.move(event));
    map.addEventListener("pointerleave", () => this.hide());
    map.addEventListener("pointercancel", () => this.hide());
  }

  /** @param {PointerEvent} event */
  move(event) {
    this.last = event;
    this.queued ||= requestAnimationFrame(() => {
      this.queued = 0;
      if (this.last) this.draw(this.last);
    });
  }

  hide() {
    this.last = null;
    this.onPlace(null);
    if (this.card.hidden) return;
    this.card.hidden = true;
    this.source().overlay.set({ hover: null });
  }

  /** @param {PointerEvent} event */
  draw(event) {
    const { plane, shown, view, overlay } = this.source();
    if (!plane || event.buttons > 1) return this.hide();
    const frame = this.map.getBoundingClientRect();
    const px = event.clientX - frame.left - view.left;
    const py = event.clientY - frame.top - view.top;
    if (px < 0 || py < 0 || px > view.width || py > view.height) return this.hide();
    const [x, y] = view.toPlane(px, py);
    const row = nearestRow(plane, x, y, shown, REACH * view.unit);
    if (row >= 0) this.drawItem(plane, row);
    else this.drawPlace(plane, x, y);
    overlay.set({ hover: row >= 0 ? placeOf(plane, row) : null });
    this.onPlace([x, y]);
    this.card.hidden = false;
    this.position(px + view.left, py + view.top, frame);
  }

  /**
   * @param {Plane} plane
   * @param {number} row
   */
  drawItem(plane, row) {
    const item = plane.index[row];
    const { name, colour } = studio.classes[plane.labels[row]];
    this.describe("item", String(item), colour, name, `test image ${item}`);
    if (hasThumbnails()) drawSample(this.canvas, item);
    else drawAtlas(this.canvas, plane, ...placeOf(plane, row)); // the thumbnails are still under way
  }

  /**
   * @param {Plane} plane
   * @param {number} x
   * @param {number} y
   */
  drawPlace(plane, x, y) {
    if (engine.here.has(plane.name)) {
      this.describe("decode", "", "transparent", "Decoded", `${signed(x)}, ${signed(y)}`);
      this.drawExact(plane, x, y);
      return;
    }
    if (drawAtlas(this.canvas, plane, x, y)) {
      this.describe("decode", "", "transparent", "Decoded", `${signed(x)}, ${signed(y)}`);
    } else {
      contextOf(this.canvas).clearRect(0, 0, SIDE, SIDE);
      this.describe("beyond", "", "transparent", "Uncharted", "click to decode");
    }
  }

  /**
   * This browser has the model and needs a millisecond: the decode is there before the frame is painted.
   * @param {Plane} plane
   * @param {number} x
   * @param {number} y
   */
  async drawExact(plane, x, y) {
    const { last } = this;
    const image = await engine.decodeMany(plane.name, [[x, y]]).catch(() => null);
    if (this.last !== last) return;
    if (image) drawGrey(this.canvas, image);
    else drawAtlas(this.canvas, plane, x, y);
  }

  /**
   * @param {string} kind
   * @param {string} index
   * @param {string} colour
   * @param {string} title
   * @param {string} detail
   */
  describe(kind, index, colour, title, detail) {
    Object.assign(this.card.dataset, { kind, index });
    this.card.style.setProperty("--swatch", colour);
    this.title.textContent = title;
    this.detail.textContent = detail;
  }

  /**
   * Put the card beside the pointer, on the side that has room.
   * @param {number} px
   * @param {number} py
   * @param {DOMRect} frame
   */
  position(px, py, frame) {
    const { width, height, gap } = CARD;
    const left = px + gap + width > frame.width ? px - gap - width : px + gap;
    const top = Math.min(Math.max(py - height / 2, 4), frame.height - height - 4);
    this.card.style.transform = `translate(${left.toFixed(0)}px, ${top.toFixed(0)}px)`;
  }
}
