// @ts-check
/* The play button: the noise rises and falls. Who asked for less motion gets one step a press. */
import { nearestLevel } from "../lib/levels.js";
import { studio } from "../lib/studio.js";

const SWEEP_MS = 3200; // from no noise to full noise
const STEPS = 12; // presses from no noise to full noise

export class Player {
  /** @param {HTMLButtonElement} button */
  constructor(button) {
    this.button = button;
    this.playing = false;
    this.level = 0; // that it has set last
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.label();
    this.calm.addEventListener("change", () => {
      this.pause();
      this.label();
    });
    button.addEventListener("click", () => this.press());
    studio.subscribe(["level"], ({ level }) => level !== this.level && this.pause()); // set by a hand, or by the tour
    new ResizeObserver(() => button.checkVisibility() || this.pause()).observe(button); // on another tab none could pause it
  }

  press() {
    if (this.calm.matches) this.step();
    else if (this.playing) this.pause();
    else this.play();
  }

  step() {
    const { limits, state } = studio;
    const next = (Math.round((state.level / limits.max_level) * STEPS) + 1) % (STEPS + 1);
    studio.set({ level: nearestLevel((next / STEPS) * limits.max_level, limits) });
  }

  play() {
    const { limits, state } = studio;
    Object.assign(this, { playing: true, level: state.level });
    this.label();
    let before = performance.now();
    let phase = state.level / limits.max_level; // 0 to 1 rises, 1 to 2 falls
    const tick = (/** @type {number} */ now) => {
      if (!this.playing) return;
      phase = (phase + Math.max(now - before, 0) / SWEEP_MS) % 2;
      before = now;
      this.level = nearestLevel(limits.max_level * (phase < 1 ? phase : 2 - phase), limits);
      studio.set({ level: this.level });
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.label();
  }

  label() {
    const still = this.calm.matches ? "Step: raise the noise level" : "Play: let the noise level rise and fall";
    const words = this.playing ? "Pause" : still;
    Object.assign(this.button, { title: words, ariaLabel: words });
    this.button.dataset.playing = String(this.playing);
  }
}
