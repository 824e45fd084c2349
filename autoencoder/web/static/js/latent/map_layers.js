// @ts-check
/* The layers below and above the points: below them the atlas, above them the cursor, path, rings and the trail of the
   Denoise tab's image. Pixel-sized, crisp at every zoom. */
import { find } from "../lib/dom.js";
import { leapsBetween } from "../lib/geometry.js";
import { SIDE, contextOf } from "../lib/pixels.js";
import { starCorners } from "../lib/star.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("./plot.js").View} View */
/** @typedef {{runs: Place[][], now: Place, clean: Place}} Trail codes by noise level, parted where they leap */
/**
 * @typedef {object} Scene
 * @property {Place[]} rings
 * @property {Place[]} path
 * @property {Place | null} step where the player of the path is
 * @property {Trail | null} trail
 * @property {Place | null} cursor
 * @property {Place | null} hover
 * @property {Place | null} directions where the plane's two directions are shown
 */

/** What is built anew together, from the lowest up: the trail follows the level, the last ones the hand. */
const GROUPS = [["trail"], ["rings", "path", "cursor"], ["step", "hover", "directions"]];
const THIN_BELOW = 18; // pixels a cell
const STAR = starCorners(11, 4.6)
  .map((corner) => corner.map((part) => part.toFixed(2)).join(","))
  .join(" ");

export class Backdrop {
  /** @param {HTMLElement} host element clipped to the plotting area */
  constructor(host) {
    this.host = host;
    this.picture = find(host, "canvas", HTMLCanvasElement);
    /** @type {{atlas: HTMLCanvasElement, cells: number, box: import("../lib/studio.js").Box} | null} */
    this.content = null;
    this.stride = 0;
  }

  /**
   * @param {HTMLCanvasElement} atlas
   * @param {import("../lib/studio.js").Box} box
   * @param {View} view
   */
  show(atlas, box, view) {
    this.content = { atlas, box, cells: atlas.width / SIDE };
    this.stride = 0;
    this.place(view);
  }

  /** Show nothing until the next atlas. */
  clear() {
    this.content = null;
    this.picture.width = 0;
  }

  /**
   * Show every `stride`-th cell, larger: what is drawn under 12 pixels wide cannot be recognised.
   * @param {HTMLCanvasElement} atlas
   * @param {number} cells
   * @param {number} stride
   */
  thin(atlas, cells, stride) {
    if (stride === this.stride) return;
    this.stride = stride;
    const side = Math.floor(cells / stride);
    this.picture.width = this.picture.height = side * SIDE;
    const context = contextOf(this.picture);
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const [x, y] = [column, row].map((i) => (i * stride + Math.floor(stride / 2)) * SIDE);
        context.drawImage(atlas, x, y, SIDE, SIDE, column * SIDE, row * SIDE, SIDE, SIDE);
      }
    }
  }

  /** @param {View} view */
  place(view) {
    fit(this.host, view);
    if (!this.content) return;
    const { atlas, box, cells } = this.content;
    const [left, top] = view.toPixel(box.x_min, box.y_max);
    const [right, bottom] = view.toPixel(box.x_max, box.y_min);
    const shown = (right - left) / cells;
    this.thin(atlas, cells, shown < THIN_BELOW && cells % 3 === 0 ? 3 : 1); // odd: a kept cell is in the middle
    const [across, down] = [(right - left) / this.picture.width, (bottom - top) / this.picture.height];
    this.picture.style.transform = `translate(${left}px, ${top}px) scale(${across}, ${down})`;
    // Shrunk, whole pixels would be dropped; enlarged, they should stay squares.
    this.picture.style.imageRendering = across * devicePixelRatio < 1 ? "auto" : "pixelated";
  }
}

/**
 * Lay an element over the plotting area.
 * @param {HTMLElement | SVGElement} element
 * @param {View} view
 */
function fit(element, { left, top, width, height }) {
  Object.assign(element.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}

export class Overlay {
  /** @param {SVGElement} svg element over the plotting area */
  constructor(svg) {
    this.svg = svg;
    this.svg.innerHTML = "<g></g>".repeat(GROUPS.length);
    /** @type {Scene} */
    this.scene = { rings: [], path: [], step: null, trail: null, cursor: null, hover: null, directions: null };
    /** @type {View | null} */
    this.view = null;
  }

  /** Change some parts of the scene. @param {Partial<Scene>} patch */
  set(patch) {
    Object.assign(this.scene, patch);
    if (this.view) this.render(this.view, Object.keys(patch));
  }

  /** Follow the axes. @param {View} view */
  place(view) {
    this.view = view;
    fit(this.svg, view);
    this.svg.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    this.render(view, Object.keys(this.scene));
  }

  /**
   * @param {View} view
   * @param {string[]} changed parts of the scene
   */
  render(view, changed) {
    const { rings, path, trail, cursor, step, hover, directions } = this.scene;
    const at = (/** @type {Place} */ [x, y]) => view.toPixel(x, y).map((pixel) => pixel.toFixed(1));
    const circles = (
      /** @type {(Place | null)[]} */ places,
      /** @type {string} */ name,
      /** @type {number} */ radius,
    ) => places.map((place) => (place ? circleAt(at(place), name, radius) : "")).join("");
    const draw = [
      () =>
        trail
          ? trailOf(
              trail.runs.map((run) => run.map(at)),
              at(trail.now),
              at(trail.clean),
            )
          : "",
      () => circles(rings, "lm-ring", 6.5) + pathOf(path.map(at)) + (cursor ? crossAt(at(cursor)) : ""),
      () =>
        circles([step], "lm-step", 8) +
        circles([hover], "lm-hover-ring", 7) +
        (directions ? directionsAt(at(directions)) : ""),
    ];
    GROUPS.forEach((parts, i) => {
      if (parts.some((part) => changed.includes(part))) this.svg.children[i].innerHTML = draw[i]();
    });
  }
}

/** @typedef {string[]} Spot x and y in pixels */

/**
 * @param {Spot} spot
 * @param {string} name
 * @param {number} radius
 */
function circleAt([x, y], name, radius) {
  return `<circle class="${name}" cx="${x}" cy="${y}" r="${radius}"/>`;
}

/**
 * @param {Spot[]} spots
 * @param {string} name
 */
function lineThrough(spots, name) {
  const points = spots.map((spot) => spot.join(",")).join(" ");
  return `<polyline class="${name}-halo" points="${points}"/><polyline class="${name}" points="${points}"/>`;
}

/** @param {Spot} spot */
function crossAt([x, y]) {
  const arms = "M-16,0H-6M6,0H16M0,-16V-6M0,6V16";
  return (
    `<g class="lm-cross" transform="translate(${x},${y})"><path class="lm-halo" d="${arms}"/>` +
    `<circle class="lm-halo" r="5.5"/><path d="${arms}"/><circle r="5.5"/></g>`
  );
}

/** The plane's two directions, as far as a picture's tangents are drawn for. @param {Spot} spot */
function directionsAt([x, y]) {
  const [across, up] = ["M0,0H44M38,-5L44,0L38,5", "M0,0V-44M-5,-38L0,-44L5,-38"];
  return (
    `<g class="lm-directions" transform="translate(${x},${y})"><path class="lm-halo" d="${across}${up}"/>` +
    `<path d="${across}${up}"/><text x="52" y="5">x</text><text x="0" y="-50">y</text></g>`
  );
}

/** @param {Spot[]} spots */
function pathOf(spots) {
  const stops = spots.map(
    ([x, y], i) =>
      `<g class="lm-stop" transform="translate(${x},${y})"><circle r="9"/><text dy="3.8">${i + 1}</text></g>`,
  );
  return (spots.length > 1 ? lineThrough(spots, "lm-path") : "") + stops.join("");
}

/**
 * @param {Spot[][]} runs
 * @param {Spot} now
 * @param {Spot} clean
 */
function trailOf(runs, now, clean) {
  const star = `<title>Your picture without noise</title><polygon points="${STAR}"/>`;
  return (
    leapsBetween(runs)
      .map((leap) => lineThrough(leap, "lm-leap"))
      .join("") +
    runs.map((run) => lineThrough(run, "lm-trail")).join("") +
    lineThrough([now, clean], "lm-away") +
    circleAt(now, "lm-now", 6.5) +
    `<g class="lm-star" transform="translate(${clean[0]},${clean[1]})">${star}</g>`
  );
}
