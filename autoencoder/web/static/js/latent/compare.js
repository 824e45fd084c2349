/* A second, smaller map of another model: where do the same test items lie there? */

class CompareMap {
  /** @param root the tab's section
   *  @param onPick called with the test item nearest to a click on the small map */
  constructor(root, onPick) {
    this.root = root.querySelector(".lm-compare");
    this.select = this.root.querySelector("select");
    this.canvas = this.root.querySelector("canvas");
    this.caption = this.root.querySelector(".lm-hint");
    this.marks = [];
    this.select.addEventListener("change", () => this.choose(this.select.value));
    this.canvas.addEventListener("click", (event) => this.pick(event, onPick));
    this.canvas.addEventListener("keydown", (event) => this.key(event, onPick));
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  /** Offer the models other than the map's own. */
  offer(current) {
    const others = studio.models.filter((one) => one.name !== current);
    this.select.replaceChildren(new Option("none", ""), ...others.map((one) => new Option(one.name, one.name)));
    this.root.hidden = !others.length;
    const keep = others.some((one) => one.name === this.plane?.name);
    this.choose(keep ? this.plane.name : "");
  }

  async choose(name) {
    this.select.value = name;
    this.plane = null;
    this.canvas.hidden = !name;
    if (name) {
      const plane = await loadPlane(name);
      if (this.select.value !== name) return;
      this.plane = plane;
    }
    this.draw();
  }

  /** Highlight test items, the first most. */
  mark(items) {
    this.marks = items;
    this.draw();
  }

  filter(shown) {
    this.shown = shown;
    this.draw();
  }

  draw() {
    this.root.dataset.marked = this.plane ? this.marks.filter((item) => this.plane.rowOf[item] >= 0).length : 0;
    this.caption.textContent = this.plane
      ? `The ringed items are the ones nearest to the cursor, as ${this.plane.name} places them. Click one here (or press arrow keys) to find it on the large map.`
      : "Choose a second model to see where it puts the same test items.";
    const side = this.canvas.clientWidth;
    if (!this.plane || !side) return;
    this.canvas.width = this.canvas.height = Math.round(side * devicePixelRatio);
    const context = this.canvas.getContext("2d");
    context.scale(devicePixelRatio, devicePixelRatio);
    this.drawPoints(context, side);
    this.drawMarks(context, side);
  }

  /** Plane to pixels: one scale for both axes, the box in the middle. */
  scale(side) {
    const { x_min, x_max, y_min, y_max } = this.plane.box;
    const unit = Math.max(x_max - x_min, y_max - y_min) / side;
    const [x, y] = [(x_min + x_max) / 2, (y_min + y_max) / 2];
    return {
      toPixel: ([px, py]) => [side / 2 + (px - x) / unit, side / 2 - (py - y) / unit],
      toPlane: (px, py) => [x + (px - side / 2) * unit, y - (py - side / 2) * unit],
    };
  }

  drawPoints(context, side) {
    const { toPixel } = this.scale(side);
    context.globalAlpha = this.marks.length ? 0.32 : 0.5;
    for (let row = 0; row < this.plane.count; row += 1) {
      const label = this.plane.labels[row];
      if (this.shown && !this.shown[label]) continue;
      const [px, py] = toPixel(placeOf(this.plane, row));
      context.fillStyle = studio.classes[label].colour;
      context.fillRect(px - 1, py - 1, 2, 2);
    }
    context.globalAlpha = 1;
  }

  drawMarks(context, side) {
    const { toPixel } = this.scale(side);
    const ink = getComputedStyle(this.canvas).color;
    this.marks.slice().reverse().forEach((item, i) => {
      const row = this.plane.rowOf[item];
      if (row < 0) return;
      const [px, py] = toPixel(placeOf(this.plane, row));
      context.beginPath();
      context.arc(px, py, i === this.marks.length - 1 ? 7 : 5, 0, 2 * Math.PI);
      context.fillStyle = studio.classes[this.plane.labels[row]].colour;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = ink;
      context.stroke();
    });
  }

  pick(event, onPick) {
    const frame = this.canvas.getBoundingClientRect();
    const place = this.scale(frame.width).toPlane(event.clientX - frame.left, event.clientY - frame.top);
    const row = nearestRow(this.plane, ...place, this.shown ?? studio.classes.map(() => true));
    if (row >= 0) onPick(this.plane.index[row]);
  }

  /** Go from the marked item to the next one in an arrow's direction. */
  key(event, onPick) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    const from = this.plane?.rowOf[this.marks[0]] ?? -1;
    if (from < 0 || (!dx && !dy)) return;
    event.preventDefault();
    const [x, y] = placeOf(this.plane, from);
    const { x_min, x_max } = this.plane.box;
    for (let step = (x_max - x_min) / 100; step < x_max - x_min; step *= 1.5) {
      const row = nearestRow(this.plane, x + dx * step, y + dy * step, this.shown ?? studio.classes.map(() => true));
      if (row >= 0 && row !== from) return onPick(this.plane.index[row]);
    }
  }
}
