// @ts-check
/* The explorer of a latent map: puts its parts together. */
import { copyLink, viewChanged } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { download } from "../lib/download.js";
import { engine } from "../lib/engine/engine.js";
import { firstSample, modelNamed, studio } from "../lib/studio.js";
import { sampleSprite } from "../lib/thumbnails.js";
import { Trouble } from "../lib/trouble.js";
import { ComparisonMap } from "./compare.js";
import { DecodePanel, codesCsv } from "./decode_panel.js";
import { TrainingFilm } from "./film.js";
import { ClassFilter } from "./class_filter.js";
import { placeOf } from "../lib/geometry.js";
import { NoiseLayer } from "./noise_layer.js";
import { bindGestures } from "./gestures.js";
import { HoverCard } from "./hover.js";
import { bindKeys } from "./keys.js";
import { labelPlaces } from "./class_names.js";
import { Backdrop, Overlay } from "./map_layers.js";
import { SWITCHES } from "./link.js";
import { PanelPages } from "./panel_pages.js";
import { firstPlace, loadAtlas, loadPlane } from "../lib/plane.js";
import { Plot } from "./plot.js";
import { Tangents } from "./tangents.js";
import { ImageTrail } from "./trail.js";
import { Walk } from "./walk.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("./neighbours.js").Neighbour} Neighbour */
/** @typedef {import("../lib/plane.js").Plane} Plane */

export class Explorer {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.map = find(root, "#latent-map", HTMLElement);
    this.select = find(root, ".lm-model", HTMLSelectElement);
    this.hand = find(root, "[data-do=hand]", HTMLButtonElement);
    this.switch = find(root, ".lm-backdrop input[type=checkbox]", HTMLInputElement);
    this.opacity = find(root, ".lm-backdrop input[type=range]", HTMLInputElement);
    /** @type {Plane | null} */
    this.plane = null;
    /** @type {import("./link.js").MapView | undefined} */
    this.asked = undefined;
    /** @type {Place} */
    this.cursor = [0, 0];
    this.plot = new Plot(find(root, ".lm-plot", HTMLElement), () => this.follow());
    this.backdrop = new Backdrop(find(root, ".lm-under", HTMLElement));
    this.overlay = new Overlay(find(root, ".lm-over", SVGElement));
    this.switches = SWITCHES.map((id) => find(root, `#${id}`, HTMLInputElement));
    this.noise = new NoiseLayer(root, () => this.plot.view());
    this.tangents = new Tangents(root, this.overlay);
    this.pages = new PanelPages(root);
    this.path = new Walk(root, this.overlay, (points) => this.walked(points));
    this.trail = new ImageTrail(root, this.overlay);
    this.film = new TrainingFilm(find(root, "#film", HTMLDetailsElement));
    this.panel = new DecodePanel(
      root,
      (neighbour) => this.goTo(neighbour.index),
      (neighbours) => this.mark(neighbours),
    );
    this.trouble = new Trouble(find(root, "#map-error", HTMLElement), () => this.open(this.select.value, this.asked));
    this.comparison = new ComparisonMap(root, (item) => this.goTo(item), viewChanged);
    this.filter = new ClassFilter(find(root, ".lm-chips", HTMLElement), (shown) => this.applyFilter(shown));
    const source = () => ({
      plane: this.plane,
      shown: this.noise.isAlone ? [] : this.filter.shown, // what is not drawn is not found
      view: this.plot.view(),
      overlay: this.overlay,
    });
    this.hover = new HoverCard(this.map, source, (place) => this.tangents.look(place));
    this.bindButtons();
    this.bindBackdrop();
    bindKeys(this);
    bindGestures(this.map, this.plot, {
      isHand: () => this.hand.getAttribute("aria-pressed") === "true",
      onClick: ([x, y], event) => this.click(x, y, event.shiftKey),
    });
    new MutationObserver(() => this.recolour()).observe(document.body, { attributeFilter: ["class"] });
  }

  bindButtons() {
    /** @type {Record<string, (button: HTMLButtonElement) => void>} */
    const actions = {
      all: () => this.filter.all(true),
      none: () => this.filter.all(false),
      in: () => this.plot.zoom(1.5),
      out: () => this.plot.zoom(1 / 1.5),
      home: () => this.plot.reset(),
      hand: () => this.toggleHand(),
      link: copyLink,
      image: () => download(`decoded-${this.select.value}.png`, this.panel.canvas, 16),
      csv: () => this.saveCodes(),
    };
    for (const [name, act] of Object.entries(actions)) {
      const button = find(this.root, `[data-do=${name}]`, HTMLButtonElement);
      button.addEventListener("click", () => act(button));
    }
    this.select.replaceChildren(...studio.models.map((one) => new Option(one.description, one.name)));
    this.select.addEventListener("change", () => this.open(this.select.value));
    studio.subscribe(["mapModel"], ({ mapModel: name }) => {
      if (!name) return;
      this.select.append(new Option(modelNamed(name).description, name));
      this.open(name);
    });
  }

  bindBackdrop() {
    for (const input of [this.switch, this.opacity]) input.addEventListener("input", () => this.shade());
    this.shade();
  }

  /** Make the backdrop as strong as its controls say. */
  shade() {
    this.backdrop.host.style.opacity = this.switch.checked ? this.opacity.value : "0";
    this.opacity.disabled = !this.switch.checked;
    viewChanged();
  }

  /**
   * Show a model's plane: its axes at once, then its atlas, then the points, and at last their thumbnails.
   * @param {string} name
   * @param {import("./link.js").MapView} [view] else the cursor goes to the item that it was nearest to before, at first to the sample that the page shows
   */
  async open(name, view) {
    const sample = studio.samples.find((one) => one.image === studio.state.image) ?? studio.samples[firstSample()];
    const first = this.panel.nearest[0]?.index ?? sample.index;
    const model = modelNamed(name);
    const page = this.pages.shown;
    this.asked = view;
    this.select.value = name;
    this.map.setAttribute("aria-busy", "true");
    this.plane = null;
    this.overlay.set({ cursor: null });
    this.tangents.setCursor(null, this.cursor);
    this.hover.hide();
    this.trail.setModel(""); // until its plane is there
    this.noise.setPlane(null);
    this.panel.clear();
    this.path.clear(name, view?.path);
    this.film.setModel(name);
    this.explain(model);
    this.backdrop.clear();
    this.plot.open(model.box);
    if (view?.zoom) this.plot.show(view.zoom.middle, view.zoom.magnification);
    try {
      const atlas = await loadAtlas(name);
      if (this.select.value !== name) return; // another was chosen meanwhile
      this.backdrop.show(atlas, model.box, this.plot.view());
      const plane = await loadPlane(name);
      if (this.select.value !== name) return;
      this.trouble.clear();
      this.present(plane, view?.place ?? firstPlace(plane, first));
      if (view?.compare) this.comparison.choose(view.compare);
      // Unless another was chosen meanwhile.
      if (this.pages.shown === page) this.pages.show(view?.page || (view?.compare ? "compare" : ""));
    } catch (error) {
      if (this.select.value !== name) return;
      this.trouble.fail(error);
    }
    this.map.setAttribute("aria-busy", "false");
    sampleSprite().catch(() => {}); // then hovering shows decodes
  }

  /**
   * @param {Plane} plane
   * @param {Place} place
   */
  present(plane, [x, y]) {
    this.plane = plane;
    this.plot.names = labelPlaces(plane, studio.classes.length);
    this.plot.draw(plane, this.filter.shown);
    this.trail.setModel(plane.name);
    this.noise.setPlane(plane);
    this.pages.offer("compare", this.comparison.offer(plane.name));
    this.filter.count(plane);
    this.setCursor(x, y);
    this.root.dataset.model = plane.name;
    engine.prepareLater(plane.name);
  }

  /** A bottleneck of one number, or of more than two, is shown by a projection: say so. @param {import("../lib/studio.js").Model} model */
  explain({ projected, latent_dim: numbers, test_images: items }) {
    find(this.root, ".lm-plain", HTMLElement).hidden = projected;
    find(this.root, ".lm-note", HTMLElement).hidden = !projected || numbers === 1;
    find(this.root, ".lm-single", HTMLElement).hidden = numbers !== 1;
    find(this.root, ".lm-numbers", HTMLElement).textContent = String(numbers);
    find(this.root, ".lm-count", HTMLElement).textContent = items.toLocaleString("en");
  }

  /** Dark or light. */
  recolour() {
    this.comparison.draw();
    this.plot.follow();
  }

  /** The view moved: bring the layers after it. */
  follow() {
    const view = this.plot.view();
    this.backdrop.place(view);
    this.overlay.place(view);
    this.noise.draw();
    viewChanged();
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
    this.tangents.setCursor(this.plane, this.cursor);
    if (reveal) this.plot.reveal(this.cursor);
    viewChanged();
  }

  /** @param {number} item */
  goTo(item) {
    const row = this.plane?.rowOf[item] ?? -1;
    if (this.plane && row >= 0) this.setCursor(...placeOf(this.plane, row), true);
  }

  /** A place was added to the walk, or all were cleared. @param {Place[]} points */
  walked(points) {
    if (points.length) this.pages.show("walk");
    viewChanged();
  }

  /** @param {Neighbour[]} neighbours */
  mark(neighbours) {
    this.overlay.set({ rings: neighbours.map(({ x, y }) => [x, y]) });
    this.comparison.mark(neighbours.map((one) => one.index));
  }

  /** @param {boolean[]} shown */
  applyFilter(shown) {
    this.comparison.filter(shown);
    this.noise.filter(shown);
    this.plot.draw(this.plane, shown);
    viewChanged();
  }

  /** With the hand one finger moves the map; without it, the page. */
  toggleHand() {
    const on = this.hand.getAttribute("aria-pressed") !== "true";
    this.hand.setAttribute("aria-pressed", String(on));
    this.map.classList.toggle("is-hand", on);
  }

  saveCodes() {
    if (!this.plane) return;
    download(`codes-${this.plane.name}.csv`, new Blob([codesCsv(this.plane)], { type: "text/csv" }));
  }
}
