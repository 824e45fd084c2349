/* A walk over the plane: two or more places, the decodes between them, played, scrubbed, saved. */

const FRAMES = 24;
const FRAME_MS = 110;

class PathStrip {
  /** @param root the tab's section
   *  @param overlay shows the path on the map */
  constructor(root, overlay) {
    this.root = root.querySelector("#latent-path");
    this.overlay = overlay;
    const find = (name) => this.root.querySelector(name);
    this.player = find(".lm-player");
    this.strip = find(".lm-strip canvas");
    this.scrub = find("input[type=range]");
    this.playButton = find("[data-do=play]");
    this.hint = find(".lm-hint");
    this.toggle = root.querySelector("[data-do=path]");
    this.toggle.addEventListener("click", () => this.setMode(!this.mode));
    this.scrub.addEventListener("input", () => { this.pause(); this.seek(Number(this.scrub.value)); });
    const actions = { play: () => this.playPause(), clear: () => this.clear(), png: () => this.savePng(), gif: () => this.saveGif() };
    for (const [name, act] of Object.entries(actions)) find(`[data-do=${name}]`).addEventListener("click", act);
    this.setMode(false);
    this.clear();
  }

  /** In path mode every click adds a place: for touch, where there is no Shift. */
  setMode(on) {
    this.mode = on;
    this.toggle.setAttribute("aria-pressed", String(on));
  }

  clear(model = this.model) {
    this.pause();
    Object.assign(this, { model, points: [], frames: null, ticket: (this.ticket ?? 0) + 1 });
    this.root.dataset.frames = 0;
    this.overlay.set({ path: [], step: null });
    this.describe();
  }

  async add(x, y) {
    this.points = [...this.points, [x, y]];
    this.overlay.set({ path: this.points });
    this.describe();
    if (this.points.length > 1) await this.fetch();
  }

  async fetch() {
    const ticket = (this.ticket += 1);
    this.places = placesAlong(this.points, FRAMES);
    try {
      const { images } = await studio.api("live/decode-many", { model: this.model, places: this.places });
      if (ticket !== this.ticket) return; // a newer place was added meanwhile
      this.frames = studio.decodeBase64(images);
    } catch (error) {
      this.hint.textContent = error.message;
      return;
    }
    this.draw();
    this.seek(0);
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
    studio.say(`Path of ${this.points.length} places, ${FRAMES} images.`);
  }

  /** Side by side on the strip. */
  draw() {
    this.strip.width = FRAMES * CELL;
    this.strip.height = CELL;
    const context = this.strip.getContext("2d");
    const frame = document.createElement("canvas");
    frame.width = frame.height = CELL;
    for (let i = 0; i < FRAMES; i += 1) {
      studio.drawGrey(frame, this.frames, i * CELL * CELL);
      context.drawImage(frame, i * CELL, 0);
    }
    this.root.dataset.frames = FRAMES;
    this.describe();
  }

  describe() {
    const ready = Boolean(this.frames);
    this.root.classList.toggle("lm-ready", ready);
    for (const control of this.root.querySelectorAll("[data-do]:not([data-do=clear]), input")) control.disabled = !ready;
    this.root.querySelector("[data-do=clear]").disabled = !this.points.length;
    this.hint.textContent = [
      "Shift-click two places on the map (or press Path, then tap them; Enter adds the cursor’s place) to walk from one garment to another.",
      "One place set. Shift-click a second one.",
    ][this.points.length] ?? `${this.points.length} places, ${FRAMES} decodes at equal steps between them. Shift-click to go on.`;
  }

  seek(step) {
    if (!this.frames) return;
    this.step = step;
    this.scrub.value = step;
    this.scrub.setAttribute("aria-valuetext", `image ${step + 1} of ${FRAMES}`);
    this.root.style.setProperty("--step", step);
    studio.drawGrey(this.player, this.frames, step * CELL * CELL);
    this.overlay.set({ step: this.places[step] });
  }

  playPause() {
    if (this.playing) this.pause();
    else this.play();
  }

  /** There and back until paused. */
  play() {
    if (this.playing) return;
    const start = performance.now() - this.step * FRAME_MS;
    const tick = (now) => {
      const at = Math.floor(Math.max(now - start, 0) / FRAME_MS) % (2 * FRAMES - 2);
      const step = at < FRAMES ? at : 2 * FRAMES - 2 - at;
      if (step !== this.step) this.seek(step);
      this.playing = requestAnimationFrame(tick);
    };
    this.playing = requestAnimationFrame(tick);
    this.setPlaying(true);
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = 0;
    this.setPlaying(false);
  }

  setPlaying(on) {
    this.playButton.textContent = on ? "Pause" : "Play";
    this.root.dataset.playing = on;
  }

  savePng() {
    studio.download(`path-${this.model}.png`, this.strip, 4);
  }

  async saveGif() {
    try {
      const answer = await studio.post("live/path.gif", { model: this.model, places: this.places });
      studio.download(`path-${this.model}.gif`, await answer.blob());
    } catch (error) {
      this.hint.textContent = error.message;
    }
  }
}
