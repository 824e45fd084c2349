// @ts-check
/* Watch it unfold: the film that a training left, scrubbed and played. It is fetched when the part is first opened. */
import { find } from "../lib/dom.js";
import { contextOf } from "../lib/pixels.js";
import { loadBytes, loadImage } from "../lib/plane.js";
import { assetUrl, studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { codesAt, curveOf, momentAt, readFrames, toldOf } from "./film_frames.js";

/** @typedef {import("./film_frames.js").Frames} Frames */
/** @typedef {{frames: Frames, planes: HTMLCanvasElement}} Content */

const FRAME_MS = 700;
const MOST_MS = 100; // that count between two ticks: in the background there are none
const RADIUS = 1.8; // pixels of a dot

export class TrainingFilm {
  /** @param {HTMLDetailsElement} root */
  constructor(root) {
    this.root = root;
    this.model = "";
    /** @type {Content | null} */
    this.content = null;
    this.position = 0;
    this.isPlaying = false;
    this.frame = 0;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.input = find(root, "input", HTMLInputElement);
    this.button = find(root, ".play", HTMLButtonElement);
    this.planes = find(root, ".film-planes", HTMLCanvasElement);
    this.dots = find(root, ".film-dots", HTMLCanvasElement);
    this.trouble = new Trouble(find(root, ".film-error", HTMLElement), () => this.load());
    root.addEventListener("toggle", () => (root.open ? this.load() : this.pause()));
    this.button.addEventListener("click", () => this.press());
    this.input.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.input.value));
    });
    this.calm.addEventListener("change", () => this.pause());
    new ResizeObserver(() => this.button.checkVisibility() || this.pause()).observe(this.button); // out of sight none could
    new ResizeObserver(() => this.go(this.position)).observe(this.dots);
    this.pause();
  }

  /** Show the film of a model; of one without, nothing. @param {string} name */
  setModel(name) {
    if (name === this.model) return;
    this.pause();
    Object.assign(this, { model: name, content: null });
    this.trouble.clear();
    this.root.hidden = !(`${name}/film.safetensors` in studio.assets);
    if (this.root.open) this.load();
  }

  async load() {
    const { model, root } = this;
    if (this.content || root.hidden) return;
    root.setAttribute("aria-busy", "true");
    try {
      const [file, planes] = await Promise.all([
        loadBytes(`${model}/film.safetensors`),
        loadImage(assetUrl(`${model}/film.webp`)),
      ]);
      if (this.model !== model) return; // another was chosen meanwhile
      this.trouble.clear();
      this.present({ frames: readFrames(file), planes });
    } catch (error) {
      if (this.model !== model) return;
      this.trouble.fail(error);
    }
    root.setAttribute("aria-busy", "false");
  }

  /** @param {Content} content */
  present(content) {
    const { frames } = content;
    this.content = content;
    this.input.max = String(frames.count - 1);
    find(this.root, ".film-count", HTMLElement).textContent = frames.points.toLocaleString("en");
    find(this.root, "polyline", SVGElement).setAttribute("points", curveOf(frames.mse));
    this.go(0);
  }

  press() {
    if (!this.content) return;
    const last = this.content.frames.count - 1;
    if (this.isPlaying) this.pause();
    else if (this.calm.matches) this.go(this.position >= last ? 0 : Math.floor(this.position) + 1);
    else this.play(last);
  }

  /** @param {number} last frame */
  play(last) {
    this.isPlaying = true;
    this.label();
    if (this.position >= last) this.go(0);
    let before = performance.now();
    const tick = (/** @type {number} */ now) => {
      if (!this.isPlaying) return;
      const passed = Math.min(Math.max(now - before, 0), MOST_MS);
      this.go(Math.min(this.position + passed / FRAME_MS, last));
      before = now;
      if (this.position < last) requestAnimationFrame(tick);
      else this.pause();
    };
    requestAnimationFrame(tick);
  }

  pause() {
    this.isPlaying = false;
    this.label();
  }

  label() {
    const still = this.calm.matches ? "Step: show the next frame" : "Play the training";
    const words = this.isPlaying ? "Pause" : still;
    Object.assign(this.button, { title: words, ariaLabel: words });
    this.button.dataset.playing = String(this.isPlaying);
  }

  /** Show a moment: 0 is the first frame, 1 the second. @param {number} position */
  go(position) {
    this.position = position;
    this.input.value = String(position);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    if (!this.content) return;
    const { frames, planes } = this.content;
    const moment = momentAt(this.position, frames.count);
    this.paintPlanes(planes, frames.columns, moment);
    this.paintDots(frames, moment);
    const { now, phase } = toldOf(frames, this.position);
    find(this.root, ".film-now", HTMLElement).textContent = now;
    find(this.root, ".film-phase", HTMLElement).textContent = phase;
    this.input.setAttribute("aria-valuetext", now);
    const at = String((100 * this.position) / (frames.count - 1));
    const line = find(this.root, ".film-curve line", SVGElement);
    for (const end of ["x1", "x2"]) line.setAttribute(end, at);
  }

  /**
   * The decoded plane of one frame, and over it the next one's as far as it has come.
   * @param {HTMLCanvasElement} planes
   * @param {number} columns
   * @param {import("./film_frames.js").Moment} moment
   */
  paintPlanes(planes, columns, { from, to, share }) {
    const side = planes.width / columns;
    if (this.planes.width !== side) this.planes.width = this.planes.height = side;
    const context = contextOf(this.planes);
    for (const [number, alpha] of [
      [from, 1],
      [to, share],
    ]) {
      const [x, y] = [(number % columns) * side, Math.floor(number / columns) * side];
      context.globalAlpha = alpha;
      context.drawImage(planes, x, y, side, side, 0, 0, side, side);
    }
  }

  /**
   * @param {Frames} frames
   * @param {import("./film_frames.js").Moment} moment
   */
  paintDots(frames, moment) {
    const side = Math.round(this.dots.clientWidth * devicePixelRatio);
    this.dots.width = this.dots.height = side; // which clears it
    const [context, codes] = [contextOf(this.dots), codesAt(frames, moment)];
    const [scale, radius] = [side / (2 * frames.reach), RADIUS * devicePixelRatio];
    context.globalAlpha = studio.point_opacity;
    for (const [label, { colour }] of studio.classes.entries()) {
      context.fillStyle = colour;
      context.beginPath();
      for (let i = 0; i < frames.points; i += 1) {
        if (frames.labels[i] !== label) continue;
        const [x, y] = [(codes[2 * i] + frames.reach) * scale, (frames.reach - codes[2 * i + 1]) * scale];
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }
  }
}
