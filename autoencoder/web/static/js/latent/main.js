// @ts-check
/* The Latent space tab: puts the parts together. */
import { copyLink } from "../lib/copy.js";
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { linkTo, numberIn } from "../lib/links.js";
import { download } from "../lib/pixels.js";
import { modelNamed, sentenceOf, studio } from "../lib/studio.js";
import { sampleSprite } from "../lib/thumbnails.js";
import { ComparisonMap } from "./compare.js";
import { DecodePanel, codesCsv } from "./decode.js";
import { ClassFilter } from "./filter.js";
import { placeOf } from "./geometry.js";
import { HoverCard } from "./hover.js";
import { bindKeys } from "./keys.js";
import { Backdrop, Overlay } from "./layers.js";
import { PathStrip } from "./path.js";
import { loadPlane } from "./plane.js";
import { Plot, loadPlotly } from "./plot.js";
import { ImageTrail } from "./trail.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("./neighbours.js").Neighbour} Neighbour */
/** @typedef {import("./plane.js").Plane} Plane */

export class Explorer {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.map = find(root, "#latent-map", HTMLElement);
    this.select = find(root, ".lm-model", HTMLSelectElement);
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {import("./plot.js").View | null} */
    this.view = null;
    /** @type {Place} */
    this.cursor = [0, 0];
    this.hasThumbnails = false;
    this.plot = new Plot(
      find(root, ".lm-plot", HTMLElement),
      (x, y, event) => this.click(x, y, event.shiftKey),
      () => this.follow(),
    );
    this.backdrop = new Backdrop(find(root, ".lm-under", HTMLElement));
    this.overlay = new Overlay(find(root, ".lm-over", SVGElement));
    this.path = new PathStrip(root, this.overlay);
    this.trail = new ImageTrail(root, this.overlay);
    this.panel = new DecodePanel(
      root,
      (neighbour) => this.goTo(neighbour.index),
      (neighbours) => this.mark(neighbours),
    );
    this.comparison = new ComparisonMap(root, (item) => this.goTo(item));
    this.filter = new ClassFilter(find(root, ".lm-chips", HTMLElement), (shown) => this.applyFilter(shown));
    new HoverCard(this.map, () => ({
      plane: this.plane,
      shown: this.filter.shown,
      view: this.view,
      overlay: this.overlay,
      hasThumbnails: this.hasThumbnails,
    }));
    this.bindButtons();
    this.bindBackdrop();
    bindKeys(this);
    this.loadThumbnails();
    new MutationObserver(() => this.recolour()).observe(document.body, { attributeFilter: ["class"] });
  }

  async loadThumbnails() {
    this.hasThumbnails = await sampleSprite().then(
      () => true,
      () => false, // then hovering shows decodes
    );
  }

  bindButtons() {
    /** @type {Record<string, (button: HTMLButtonElement) => void>} */
    const actions = {
      all: () => this.filter.all(true),
      none: () => this.filter.all(false),
      in: () => this.plot.zoom(1.5),
      out: () => this.plot.zoom(1 / 1.5),
      home: () => this.plot.reset(),
      hand: (button) => this.togglePan(button),
      link: (button) => copyLink(this.link(), button),
      image: () => download(`decoded-${this.select.value}.png`, this.panel.canvas, 16),
      csv: () => this.saveCodes(),
    };
    for (const [name, act] of Object.entries(actions)) {
      const button = find(this.root, `[data-do=${name}]`, HTMLButtonElement);
      button.addEventListener("click", () => act(button));
    }
    this.select.replaceChildren(...studio.models.map((one) => new Option(one.name, one.name)));
    this.select.addEventListener("change", () => this.open(this.select.value));
    studio.subscribe(["mapModel"], ({ mapModel: name }) => {
      if (!name) return;
      this.select.append(new Option(name, name));
      this.open(name);
    });
  }

  bindBackdrop() {
    const toggle = find(this.root, ".lm-backdrop input[type=checkbox]", HTMLInputElement);
    const opacity = find(this.root, ".lm-backdrop input[type=range]", HTMLInputElement);
    const shade = () => {
      this.backdrop.host.style.opacity = toggle.checked ? opacity.value : "0";
      opacity.disabled = !toggle.checked;
    };
    toggle.addEventListener("change", shade);
    opacity.addEventListener("input", shade);
    shade();
  }

  /**
   * Show a model's plane, the cursor at a place or on the item that it was nearest to before.
   * @param {string} name
   * @param {Place | null} [place]
   */
  async open(name, place = null) {
    const kept = this.panel.nearest[0]?.index;
    this.select.value = name;
    this.map.setAttribute("aria-busy", "true");
    try {
      const [plane] = await Promise.all([loadPlane(name), loadPlotly()]);
      if (this.select.value !== name) return; // another was chosen meanwhile
      await this.present(plane, place ?? firstPlace(plane, kept));
    } catch (error) {
      this.panel.complain(sentenceOf(error));
    }
    this.map.setAttribute("aria-busy", "false");
  }

  /**
   * @param {Plane} plane
   * @param {Place} place
   */
  async present(plane, [x, y]) {
    this.plane = plane;
    this.explain(plane);
    this.overlay.set({ rings: [], trail: null, cursor: null, hover: null });
    this.path.clear(plane.name);
    this.backdrop.setPlane(plane);
    await this.plot.draw(plane, this.filter.shown);
    this.trail.setModel(plane.name);
    this.comparison.offer(plane.name);
    this.setCursor(x, y);
    this.root.dataset.model = plane.name;
    engine.prepareLater(plane.name);
  }

  /** A wider bottleneck than two is shown by a projection: say so. @param {Plane} plane */
  explain({ name, projected }) {
    find(this.root, ".lm-plain", HTMLElement).hidden = projected;
    find(this.root, ".lm-note", HTMLElement).hidden = !projected;
    find(this.root, ".lm-numbers", HTMLElement).textContent = String(modelNamed(name).latent_dim);
  }

  /** Dark or light. */
  recolour() {
    if (this.plane) this.plot.recolour();
    this.comparison.draw();
  }

  /** The axes moved: bring the layers after them. */
  follow() {
    this.view = this.plot.view();
    this.backdrop.place(this.view);
    this.overlay.place(this.view);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {boolean} isForPath
   */
  click(x, y, isForPath) {
    this.map.focus({ preventScroll: true });
    if (isForPath || this.path.mode) this.path.add(x, y);
    this.setCursor(x, y);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {boolean} [reveal] whether the view follows
   */
  setCursor(x, y, reveal = false) {
    if (!this.plane) return;
    this.cursor = [x, y];
    this.overlay.set({ cursor: this.cursor });
    this.panel.show(this.plane, x, y);
    if (reveal) this.plot.reveal(this.cursor);
  }

  /** @param {number} item */
  goTo(item) {
    const row = this.plane?.rowOf[item] ?? -1;
    if (this.plane && row >= 0) this.setCursor(...placeOf(this.plane, row), true);
  }

  /** @param {Neighbour[]} neighbours */
  mark(neighbours) {
    this.overlay.set({ rings: neighbours.map(({ x, y }) => [x, y]) });
    this.comparison.mark(neighbours.map((one) => one.index));
  }

  /** @param {boolean[]} shown */
  applyFilter(shown) {
    this.comparison.filter(shown);
    if (this.plane) this.plot.filter(this.plane, shown);
  }

  /** @param {HTMLButtonElement} button */
  togglePan(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    this.plot.setPan(on);
  }

  saveCodes() {
    if (!this.plane) return;
    download(`codes-${this.plane.name}.csv`, new Blob([codesCsv(this.plane)], { type: "text/csv" }));
  }

  /** The address of the view of now. */
  link() {
    const [x, y] = this.cursor.map((part) => part.toFixed(4));
    return linkTo(location.href, { tab: "latent", model: this.select.value, x, y });
  }
}

/**
 * Where the cursor begins: on an item, or in the middle.
 * @param {Plane} plane
 * @param {number} [item]
 * @returns {Place}
 */
function firstPlace(plane, item) {
  const row = item === undefined ? -1 : plane.rowOf[item];
  const { x_min: left, x_max: right, y_min: bottom, y_max: top } = plane.box;
  return row >= 0 ? placeOf(plane, row) : [(left + right) / 2, (bottom + top) / 2];
}

/**
 * Fill the tab.
 * @param {HTMLElement} root
 */
export async function start(root) {
  try {
    await studio.ready();
  } catch (error) {
    Object.assign(find(root, ".lm-error", HTMLElement), { textContent: sentenceOf(error), hidden: false });
    return;
  }
  const explorer = new Explorer(find(root, ".lm", HTMLElement));
  const asked = studio.state.mapModel ?? studio.query.get("model");
  const name = studio.models.find((one) => one.name === asked)?.name ?? studio.state.model;
  const most = studio.limits.max_coordinate;
  const [x, y] = ["x", "y"].map((axis) => numberIn(studio.query, axis, -most, most));
  explorer.open(name, x !== null && y !== null ? [x, y] : null);
}
