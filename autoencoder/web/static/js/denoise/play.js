/* The play button: the noise rises and falls. Who asked for less motion gets one step a press. */

const SWEEP_MS = 3200; // from no noise to full noise
const STEP = 0.05;

class Player {
  constructor(button) {
    this.button = button;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.label();
    this.calm.addEventListener("change", () => { this.pause(); this.label(); });
    button.addEventListener("click", () => this.press());
  }

  press() {
    if (this.calm.matches) return studio.set({ level: Math.round((Math.round(studio.state.level / STEP + 1) % 13) * STEP * 100) / 100 });
    if (this.playing) return this.pause();
    this.playing = true;
    this.label();
    let before = null;
    let phase = studio.state.level / studio.limits.max_level; // 0 to 1 rises, 1 to 2 falls
    const tick = (now) => {
      if (!this.playing) return;
      phase = (phase + (before === null ? 0 : (now - before) / SWEEP_MS)) % 2;
      before = now;
      studio.set({ level: Math.round(studio.limits.max_level * (phase < 1 ? phase : 2 - phase) * 100) / 100 });
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
    const words = this.calm.matches ? "Step: raise the noise level" : this.playing ? "Pause" : "Play: let the noise level rise and fall";
    this.button.setAttribute("aria-label", words);
    this.button.title = words;
    this.button.setAttribute("aria-pressed", String(Boolean(this.playing)));
  }
}
