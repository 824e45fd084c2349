/* The Latent space tab: puts the parts together. `element` is the gr.HTML component's root. */

class Explorer {
  constructor(root) {
    this.root = root;
    this.map = root.querySelector("#latent-map");
    this.plot = new Plot(root.querySelector(".lm-plot"), {
      onClick: (x, y, event) => this.click(x, y, event), onView: () => this.follow(),
    });
    this.backdrop = new Backdrop(root.querySelector(".lm-under"));
    this.overlay = new Overlay(root.querySelector(".lm-over"));
    this.path = new PathStrip(root, this.overlay);
    this.trail = new ImageTrail(root, this.overlay);
    this.panel = new DecodePanel(root, (item) => this.goTo(item.index));
    this.panel.onFill = (neighbours) => this.mark(neighbours);
    this.compare = new CompareMap(root, (item) => this.goTo(item));
    this.filter = new ClassFilter(root.querySelector(".lm-chips"), (shown) => this.applyFilter(shown));
    this.hover = new HoverCard(this.map, () => ({
      plane: this.plane, shown: this.filter.shown, view: this.view, overlay: this.overlay, sprite: this.sprite,
    }));
    this.controls();
    bindKeys(this);
    studio.sampleSprite().then((sprite) => { this.sprite = sprite; }, () => {}); // then hover shows decodes
    new MutationObserver(() => this.recolour()).observe(document.body, { attributeFilter: ["class"] });
  }

  controls() {
    const on = (name, act) => this.root.querySelector(`[data-do=${name}]`).addEventListener("click", act);
    on("all", () => this.filter.all(true));
    on("none", () => this.filter.all(false));
    on("in", () => this.plot.zoom(1.5));
    on("out", () => this.plot.zoom(1 / 1.5));
    on("home", () => this.plot.reset());
    on("hand", (event) => this.togglePan(event.currentTarget));
    on("link", () => this.copyLink());
    on("image", () => studio.download(`decoded-${this.plane.name}.png`, this.panel.canvas, 16));
    on("csv", () => studio.download(`codes-${this.plane.name}.csv`, new Blob([codesCsv(this.plane)], { type: "text/csv" })));
    this.select = this.root.querySelector(".lm-model");
    this.select.replaceChildren(...studio.models.map((one) => new Option(one.name, one.name)));
    this.select.addEventListener("change", () => this.open(this.select.value));
    const [toggle, opacity] = this.root.querySelectorAll(".lm-backdrop input");
    const shade = () => {
      this.backdrop.host.style.opacity = toggle.checked ? opacity.value : 0;
      opacity.disabled = !toggle.checked;
    };
    toggle.addEventListener("change", shade);
    opacity.addEventListener("input", shade);
    shade();
  }

  /** Show a model's plane, the cursor on the item it was nearest to before. */
  async open(name, place = null) {
    const kept = this.panel.nearest?.[0]?.index;
    this.select.value = name;
    this.map.setAttribute("aria-busy", "true");
    try {
      const [plane] = await Promise.all([loadPlane(name), loadPlotly()]);
      if (this.select.value !== name) return; // another was chosen meanwhile
      await this.present(plane, place ?? this.firstPlace(plane, kept));
    } catch (error) {
      this.panel.error.textContent = error.message;
      this.panel.error.hidden = false;
    }
    this.map.setAttribute("aria-busy", "false");
  }

  firstPlace(plane, item) {
    const row = item === undefined ? -1 : plane.rowOf[item];
    const { x_min, x_max, y_min, y_max } = plane.box;
    return row >= 0 ? placeOf(plane, row) : [(x_min + x_max) / 2, (y_min + y_max) / 2];
  }

  async present(plane, [x, y]) {
    this.plane = plane;
    this.explain(plane);
    this.overlay.set({ rings: [], trail: null, cursor: null, hover: null });
    this.path.clear(plane.name);
    this.backdrop.setPlane(plane);
    await this.plot.draw(plane, this.filter.shown);
    this.trail.setModel(plane.name);
    this.compare.offer(plane.name);
    this.setCursor(x, y);
    this.root.dataset.model = plane.name;
  }

  /** A wider bottleneck than two is shown by a projection: say so. */
  explain({ name, projected }) {
    const { latent_dim: numbers } = studio.models.find((one) => one.name === name);
    this.root.querySelector(".lm-plain").hidden = projected;
    this.root.querySelector(".lm-note").hidden = !projected;
    this.root.querySelector(".lm-numbers").textContent = numbers;
  }

  /** Dark or light. */
  recolour() {
    if (this.plane) this.plot.recolour();
    this.compare.draw();
  }

  /** The axes moved: bring the layers after them. */
  follow() {
    this.view = this.plot.view();
    this.backdrop.place(this.view);
    this.overlay.place(this.view);
  }

  click(x, y, event) {
    this.map.focus({ preventScroll: true });
    if (event?.shiftKey || this.path.mode) this.path.add(x, y);
    this.setCursor(x, y);
  }

  setCursor(x, y, reveal = false) {
    this.cursor = [x, y];
    this.overlay.set({ cursor: this.cursor });
    this.panel.show(this.plane, x, y);
    if (reveal) this.plot.reveal(this.cursor);
  }

  goTo(item) {
    const row = this.plane.rowOf[item];
    if (row >= 0) this.setCursor(...placeOf(this.plane, row), true);
  }

  mark(neighbours) {
    this.overlay.set({ rings: neighbours.map(({ x, y }) => [x, y]) });
    this.compare.mark(neighbours.map((one) => one.index));
  }

  applyFilter(shown) {
    this.compare.filter(shown);
    if (this.plane) this.plot.filter(shown);
  }

  togglePan(button) {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    this.plot.setPan(on);
  }

  async copyLink() {
    const [x, y] = this.cursor;
    const url = new URL(location.href);
    for (const key of [...url.searchParams.keys()]) if (key !== "__theme") url.searchParams.delete(key);
    const parts = { tab: "latent", model: this.plane.name, x: x.toFixed(4), y: y.toFixed(4) };
    for (const [key, value] of Object.entries(parts)) url.searchParams.set(key, value);
    history.replaceState(null, "", url); // the address bar serves where the clipboard is refused
    try {
      await navigator.clipboard.writeText(url.href);
      studio.say("Link copied.");
      this.flash("Copied");
    } catch {
      studio.say("The link is in the address bar.");
      this.flash("See address bar");
    }
  }

  flash(words) {
    const button = this.root.querySelector("[data-do=link]");
    button.textContent = words;
    setTimeout(() => { button.textContent = "Copy link"; }, 1600);
  }
}

/** Arrow keys move the cursor, + - 0 the view, Enter adds to the path, Escape clears it. */
function bindKeys(explorer) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const others = {
    Enter: () => explorer.path.add(...explorer.cursor), Escape: () => explorer.path.clear(),
    "+": () => explorer.plot.zoom(1.5, explorer.cursor), "=": () => explorer.plot.zoom(1.5, explorer.cursor),
    "-": () => explorer.plot.zoom(1 / 1.5, explorer.cursor), 0: () => explorer.plot.reset(),
  };
  explorer.map.addEventListener("keydown", (event) => {
    if (event.target !== explorer.map || !explorer.plane || event.ctrlKey || event.metaKey || event.altKey) return;
    if (arrows[event.key]) {
      const step = explorer.view.unit * (event.shiftKey ? 40 : 8);
      const [dx, dy] = arrows[event.key];
      explorer.setCursor(explorer.cursor[0] + dx * step, explorer.cursor[1] + dy * step, true);
    } else if (others[event.key]) others[event.key]();
    else return;
    event.preventDefault();
  });
  // The wheel zooms only a map that has been clicked: else it would trap whoever scrolls past.
  explorer.map.addEventListener("wheel", (event) => {
    if (!explorer.map.contains(document.activeElement) && !event.ctrlKey) event.stopPropagation();
  }, { capture: true });
}

/** A finite number from the page's address, or null. */
function queryNumber(name) {
  const text = studio.query.get(name);
  const value = Number(text);
  return text !== null && text.trim() !== "" && Number.isFinite(value) && Math.abs(value) <= studio.limits.max_coordinate ? value : null;
}

async function startExplorer() {
  await studio.ready();
  const explorer = new Explorer(element.querySelector(".lm"));
  const known = (name) => studio.models.some((one) => one.name === name);
  const [asked, current] = [studio.query.get("model"), studio.state.model];
  const name = [asked, current].find(known) ?? studio.models[0].name;
  const [x, y] = [queryNumber("x"), queryNumber("y")];
  explorer.open(name, x !== null && y !== null ? [x, y] : null);
}

startExplorer();
