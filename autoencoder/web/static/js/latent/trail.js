/* The picture of the Denoise tab on the map: a star where its clean code lies and the way its code goes as
   the noise grows, for the model of the map. */

class ImageTrail {
  /** @param root the tab's section
   *  @param overlay shows star and trail */
  constructor(root, overlay) {
    this.root = root.querySelector(".lm-image");
    this.overlay = overlay;
    this.ticket = 0;
    this.thumb = this.root.querySelector(".lm-level canvas");
    this.level = this.root.querySelector("input");
    this.words = this.root.querySelector(".lm-hint");
    this.output = this.root.querySelector("output");
    this.samples = studio.samples.map((sample, label) => this.sample(sample, label));
    this.root.querySelector(".lm-samples").append(...this.samples);
    this.level.addEventListener("input", () => studio.set({ level: Number(this.level.value) }));
    studio.subscribe(["image", "strip", "noise", "seed"], () => this.refresh());
    studio.subscribe(["level"], () => this.draw());
    // Out of sight nothing is fetched; what was missed is made good when the tab is shown again.
    new ResizeObserver(() => this.stale && this.refresh()).observe(root);
  }

  sample({ image }, label) {
    const button = document.createElement("button");
    const { name } = studio.classes[label];
    Object.assign(button, { type: "button", title: name });
    button.setAttribute("aria-label", name);
    button.innerHTML = `<canvas width="28" height="28" aria-hidden="true"></canvas>`;
    studio.drawGrey(button.firstChild, image);
    button.addEventListener("click", () => studio.set({ image, imageLabel: name, source: "sample" }));
    return button;
  }

  setModel(model) {
    this.model = model;
    this.show(null);
    this.refresh();
  }

  async refresh() {
    const { image, strip, noise, seed } = studio.state;
    this.stale = !this.root.checkVisibility();
    this.samples.forEach((button, i) => button.setAttribute("aria-pressed", String(studio.samples[i].image === image)));
    if (!this.model || !image || this.stale) return;
    const ticket = (this.ticket += 1);
    const fits = strip?.model === this.model && strip.image === image && strip.noise === noise && strip.seed === seed;
    if (fits) return this.show(strip);
    try {
      const body = { model: this.model, image: studio.encodeBase64(image), noise, seed };
      const own = await studio.api("live/strip", body);
      if (ticket === this.ticket) this.show({ ...own, image });
    } catch (error) {
      this.words.textContent = error.message;
    }
  }

  show(strip) {
    this.strip = strip;
    this.root.classList.toggle("lm-ready", Boolean(strip));
    this.draw();
  }

  draw() {
    const { level, imageLabel } = studio.state;
    this.level.value = level;
    this.output.textContent = level.toFixed(2);
    if (!this.strip) {
      this.words.textContent = "Choose a garment here, or upload or draw one on the Denoise tab: a star marks its code.";
      return this.overlay.set({ trail: null });
    }
    const { codes, clean_code: clean, image } = this.strip;
    const now = Math.min(Math.round(level * 100), codes.length - 1);
    const moved = Math.hypot(codes[now][0] - clean[0], codes[now][1] - clean[1]);
    studio.drawGrey(this.thumb, image);
    this.words.textContent = `★ ${imageLabel} without noise. At this level the noise has moved its code by ${readable(moved)}, along the red trail.`;
    this.overlay.set({ trail: { codes, clean, now } });
  }
}
