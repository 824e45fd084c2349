// @ts-check
/* The picture through bottlenecks of several widths. Nothing is fetched before the part is opened, and then the network
   of the chosen width and its neighbours', so that the slider is followed at once. */
import { find, make } from "../lib/dom.js";
import { drawGrey, meanSquaredError, toBytes, toNumbers } from "../lib/pixels.js";
import { assetBytes, studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { widthsOf, wordsFor } from "./widths.js";

/** @typedef {import("../lib/engine/sweep_networks.js").Squeeze} Squeeze */
/** @typedef {"network" | "pca"} Method */

const UNREACHABLE = "The network cannot be fetched. Check the connection and try again.";

export class BottleneckSlider {
  /** @param {HTMLDetailsElement} root */
  constructor(root) {
    this.root = root;
    this.widths = widthsOf(Object.keys(studio.assets));
    this.input = find(root, "input", HTMLInputElement);
    this.output = find(root, "output", HTMLOutputElement);
    this.verdict = find(root, ".bottleneck-verdict", HTMLElement);
    this.trouble = new Trouble(find(root, ".bottleneck-error", HTMLElement), () => this.choose());
    /** @type {Map<number, Promise<Squeeze>>} by width */
    this.networks = new Map();
    /** @type {Map<number, Squeeze>} those that are there */
    this.here = new Map();
    /** @type {Promise<(width: number) => Squeeze> | null} */
    this.components = null;
    /** @type {((width: number) => Squeeze) | null} */
    this.pca = null;
    root.hidden = !this.widths.length;
    if (root.hidden) return;
    this.input.max = String(this.widths.length - 1);
    find(root, ".bottleneck-ticks", HTMLElement).replaceChildren(
      ...this.widths.map((width) => make("span", { textContent: String(width) })),
    );
    this.input.addEventListener("input", () => this.choose());
    root.addEventListener("toggle", () => this.choose());
    studio.subscribe(["image"], () => this.choose());
  }

  /** The width that the slider stands at. */
  get width() {
    return this.widths[Number(this.input.value)];
  }

  /** Show the chosen width: at once if its network is there. */
  choose() {
    const { root, width } = this;
    if (!root.open || !studio.state.image) return;
    this.output.textContent = `${width} of 784`;
    this.input.setAttribute("aria-valuetext", `${width} numbers`);
    const isHere = this.here.has(width) && this.pca !== null;
    root.setAttribute("aria-busy", String(!isHere));
    if (isHere) this.paint();
    this.load(width).then(
      () => {
        if (this.width !== width) return; // another was chosen meanwhile
        this.trouble.clear();
        if (!isHere) this.choose();
        else this.prefetch();
      },
      (error) => this.width === width && this.trouble.fail(error),
    );
  }

  /** Let the neighbours of the chosen width come, in vain if they cannot. */
  prefetch() {
    for (const step of [1, -1]) {
      const width = this.widths[Number(this.input.value) + step];
      if (width) this.load(width).catch(() => {});
    }
  }

  /** @param {number} width */
  load(width) {
    this.components ??= this.loadPca();
    const network = this.networks.get(width) ?? this.loadNetwork(width);
    this.networks.set(width, network);
    network.catch(() => this.networks.delete(width)); // a failed fetch may be tried again
    return Promise.all([this.components, network]);
  }

  async loadPca() {
    try {
      const part = await import("../lib/engine/sweep_networks.js");
      this.pca = part.pcaOf(await assetBytes("sweep/pca.safetensors", UNREACHABLE));
      return this.pca;
    } catch (error) {
      this.components = null;
      throw error;
    }
  }

  /** @param {number} width */
  async loadNetwork(width) {
    const file = assetBytes(`sweep/${width}.safetensors`, UNREACHABLE);
    const part = await import("../lib/engine/sweep_networks.js");
    const network = part.networkOf(await file);
    if (studio.state.image) network(toNumbers(studio.state.image)); // compiled now, not when the slider comes
    this.here.set(width, network);
    return network;
  }

  paint() {
    const { width } = this;
    const { image, imageLabel } = studio.state;
    const [network, pca] = [this.here.get(width), this.pca?.(width)];
    if (!image || !network || !pca) return;
    const picture = toNumbers(image);
    drawGrey(find(this.root, "figure canvas", HTMLCanvasElement), image);
    const errors = [network, pca].map((squeeze, i) => this.show(i ? "pca" : "network", squeeze(picture), picture));
    for (const [i, name] of ["network", "pca"].entries()) {
      this.figure(name).classList.toggle("wins", errors[i] < errors[1 - i]);
    }
    this.verdict.textContent = `${imageLabel}: ${wordsFor(width, errors[0], errors[1])}`;
  }

  /** @param {string} name */
  figure(name) {
    return find(this.root, `[data-of=${name}]`, HTMLElement);
  }

  /**
   * Draw what a method makes of a picture; returns its error.
   * @param {Method} name
   * @param {Float32Array} found
   * @param {Float32Array} picture
   */
  show(name, found, picture) {
    const [figure, error] = [this.figure(name), meanSquaredError(found, picture)];
    const canvas = find(figure, "canvas", HTMLCanvasElement);
    drawGrey(canvas, toBytes(found));
    const title = find(figure, "b", HTMLElement).textContent;
    canvas.setAttribute("aria-label", `${title} with ${this.width} numbers`);
    find(figure, "span", HTMLElement).textContent = `MSE ${error.toFixed(4)}`;
    return error;
  }
}
