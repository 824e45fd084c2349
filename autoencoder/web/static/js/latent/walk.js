// @ts-check
/* A walk over the plane: two or more places, the decodes between them, played, scrubbed, saved. */
import { find } from "../lib/dom.js";
import { download } from "../lib/download.js";
import { engine } from "../lib/engine/engine.js";
import { animatedGif } from "../lib/gif.js";
import { stepsAlong } from "../lib/geometry.js";
import { PIXELS, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { WalkRows, crossFade } from "./walk_rows.js";

/** @typedef {import("../lib/strips.js").Place} Place */

const FRAMES = 24;
const FRAME_MS = 110;
const GIF_SCALE = 8; // screen pixels a pixel

export class Walk {
  /**
   * @param {HTMLElement} root the tab's section
   * @param {import("./map_layers.js").Overlay} overlay shows the path on the map
   * @param {(points: Place[]) => void} onChange called when places were added or cleared
   */
  constructor(root, overlay, onChange) {
    this.root = find(root, "#latent-path", HTMLElement);
    this.overlay = overlay;
    this.onChange = onChange;
    this.trouble = new Trouble(find(root, "#path-error", HTMLElement), () => this.fetch());
    this.player = find(this.root, ".lm-player", HTMLCanvasElement);
    this.rows = new WalkRows(find(this.root, ".lm-walk-rows", HTMLElement), FRAMES);
    this.scrub = find(this.root, "input[type=range]", HTMLInputElement);
    this.scrub.max = String(FRAMES - 1);
    this.hint = find(this.root, ".lm-hint", HTMLElement);
    this.buttons = {
      play: this.button("play", () => (this.frame ? this.pause() : this.play())),
      clear: this.button("clear", () => this.clear()),
      png: this.button("png", () => download(`path-${this.model}.png`, this.rows.picture())),
      gif: this.button("gif", () => this.saveGif()),
    };
    this.toggle = find(root, "[data-do=path]", HTMLButtonElement);
    this.toggle.addEventListener("click", () => this.setMode(!this.mode));
    this.scrub.addEventListener("input", () => {
      this.pause();
      this.seek(Number(this.scrub.value));
    });
    // Out of sight none could pause it.
    new ResizeObserver(() => this.player.checkVisibility() || this.pause()).observe(this.player);
    this.mode = false;
    this.model = "";
    /** @type {Place[]} chosen by the visitor */
    this.points = [];
    /** @type {Place[]} of the images */
    this.places = [];
    /** @type {Uint8Array | null} the images, 784 grey levels each */
    this.images = null;
    this.newest = 0; // number of the newest request
    this.step = 0;
    this.frame = 0; // of the animation; 0 while it rests
    this.clear();
  }

  /**
   * @param {string} name
   * @param {() => void} act
   */
  button(name, act) {
    const button = find(this.root, `[data-do=${name}]`, HTMLButtonElement);
    button.addEventListener("click", act);
    return button;
  }

  /** In path mode every click adds a place: for touch, where there is no Shift. @param {boolean} on */
  setMode(on) {
    this.mode = on;
    this.toggle.setAttribute("aria-pressed", String(on));
  }

  /** Begin anew, for a model. @param {string} [model] @param {Place[]} [points] */
  clear(model = this.model, points = []) {
    this.pause();
    this.newest += 1;
    Object.assign(this, { model, points });
    this.trouble.clear();
    this.forget();
    this.changed();
  }

  /**
   * Go on to another place.
   * @param {number} x
   * @param {number} y
   */
  add(x, y) {
    this.points = [...this.points, [x, y]];
    this.changed();
  }

  /** Show no images: those at hand are not of this path. */
  forget() {
    this.images = null;
    this.root.dataset.frames = "0";
    this.overlay.set({ step: null });
  }

  changed() {
    this.overlay.set({ path: this.points });
    this.describe();
    this.onChange(this.points);
    this.fetch();
  }

  async fetch() {
    if (this.points.length < 2) return;
    const request = (this.newest += 1);
    const steps = stepsAlong(this.points, FRAMES);
    const places = steps.map(({ place }) => place);
    try {
      const wanted = [places, steps.flatMap(({ ends }) => ends)];
      const [images, pairs] = await Promise.all(wanted.map((all) => engine.decodeMany(this.model, all)));
      if (request !== this.newest) return; // a newer place was added meanwhile
      this.trouble.clear();
      this.places = places;
      const mixtures = crossFade(pairs, steps.map(({ share }) => share)); // prettier-ignore
      this.draw(images, mixtures);
    } catch (error) {
      if (request !== this.newest) return;
      this.pause();
      this.forget();
      this.describe();
      this.trouble.fail(error);
      return;
    }
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    studio.say(`A walk over ${this.points.length} places, ${FRAMES} images.`);
  }

  /**
   * Show images side by side, mixtures of pixels below them, and the first image in the player.
   * @param {Uint8Array} images
   * @param {Uint8Array} mixtures
   */
  draw(images, mixtures) {
    this.images = images;
    this.rows.draw([images, mixtures]);
    this.root.dataset.frames = String(FRAMES);
    this.describe();
    this.seek(0);
  }

  describe() {
    const isReady = Boolean(this.images);
    const { play, png, gif } = this.buttons;
    this.root.classList.toggle("lm-ready", isReady);
    for (const control of [play, png, gif, this.scrub]) control.disabled = !isReady;
    const count = this.points.length;
    this.hint.textContent =
      [
        "Press “Draw a walk”, then click two places on the map, to walk from one garment to another. With Shift a click " +
          "adds a place without the button; Enter adds the cursor’s.",
        "One place is set. Add a second one.",
      ][count] ?? `${count} places, ${FRAMES} drawings at equal steps between them. Add another to go on.`;
  }

  /** @param {number} step */
  seek(step) {
    if (!this.images) return;
    this.step = step;
    this.scrub.value = String(step);
    this.scrub.setAttribute("aria-valuetext", `image ${step + 1} of ${FRAMES}`);
    this.root.style.setProperty("--step", String(step));
    drawGrey(this.player, this.images, step * PIXELS);
    this.overlay.set({ step: this.places[step] });
  }

  /** There and back until paused. */
  play() {
    if (this.frame || !this.player.checkVisibility()) return;
    const begin = performance.now() - this.step * FRAME_MS;
    const tick = (/** @type {number} */ now) => {
      const at = Math.floor(Math.max(now - begin, 0) / FRAME_MS) % (2 * FRAMES - 2);
      const step = at < FRAMES ? at : 2 * FRAMES - 2 - at;
      if (step !== this.step) this.seek(step);
      this.frame = requestAnimationFrame(tick);
    };
    this.frame = requestAnimationFrame(tick);
    this.showPlaying(true);
  }

  pause() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.showPlaying(false);
  }

  /** @param {boolean} on */
  showPlaying(on) {
    this.buttons.play.textContent = on ? "Pause" : "Play";
    this.root.dataset.playing = String(on);
  }

  saveGif() {
    if (this.images) download(`path-${this.model}.gif`, animatedGif(this.images, GIF_SCALE, FRAME_MS));
  }
}
