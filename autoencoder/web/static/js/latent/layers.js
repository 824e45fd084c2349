/* The layers that follow the axes without asking Plotly: the atlas below the points; above them the
   cursor, path, rings and the trail of the Denoise tab's image. Pixel-sized, crisp at every zoom. */

const THIN_BELOW = 18; // pixels a cell

class Backdrop {
  /** @param host element clipped to the plotting area */
  constructor(host) {
    this.host = host;
    this.picture = host.querySelector("canvas");
  }

  setPlane(plane) {
    this.plane = plane;
    this.stride = 0;
  }

  /** Show every `stride`-th cell, larger: what is drawn under 12 pixels wide cannot be recognised. */
  thin(stride) {
    if (stride === this.stride) return;
    this.stride = stride;
    const { atlas, cells } = this.plane;
    const side = Math.floor(cells / stride);
    this.picture.width = this.picture.height = side * CELL;
    const context = this.picture.getContext("2d");
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const at = [column, row].map((i) => (i * stride + Math.floor(stride / 2)) * CELL);
        context.drawImage(atlas, ...at, CELL, CELL, column * CELL, row * CELL, CELL, CELL);
      }
    }
  }

  place(view) {
    fit(this.host, view);
    if (!this.plane) return;
    const { box, cells } = this.plane;
    const [left, top] = view.toPixel(box.x_min, box.y_max);
    const [right, bottom] = view.toPixel(box.x_max, box.y_min);
    const shown = (right - left) / cells;
    this.thin(shown < THIN_BELOW && cells % 3 === 0 ? 3 : 1); // odd, so that a kept cell is in the middle
    const scale = (right - left) / this.picture.width;
    this.picture.style.transform = `translate(${left}px, ${top}px) scale(${scale}, ${(bottom - top) / this.picture.height})`;
    // Shrunk, whole pixels would be dropped; enlarged, they should stay squares.
    this.picture.style.imageRendering = scale * devicePixelRatio < 1 ? "auto" : "pixelated";
  }
}

/** Lay an element over the plotting area. */
function fit(element, view) {
  Object.assign(element.style, {
    left: `${view.left}px`, top: `${view.top}px`, width: `${view.width}px`, height: `${view.height}px`,
  });
}

const STAR = Array.from({ length: 10 }, (_, i) => {
  const radius = i % 2 ? 4.6 : 11;
  const angle = (i * Math.PI) / 5 - Math.PI / 2;
  return `${(radius * Math.cos(angle)).toFixed(2)},${(radius * Math.sin(angle)).toFixed(2)}`;
}).join(" ");

class Overlay {
  /** @param svg element over the plotting area */
  constructor(svg) {
    this.svg = svg;
    this.svg.innerHTML = "<g></g><g></g>";
    [this.still, this.moving] = this.svg.children;
    this.scene = { rings: [], path: [], step: null, trail: null, cursor: null, hover: null };
  }

  /** Change some of: cursor, hover, step (places), rings (places), path (places), trail ({codes, clean,
   *  now: index of the current level}). */
  set(patch) {
    Object.assign(this.scene, patch);
    if (!this.view) return;
    // Hovering and playing change each frame; the rest need not be built anew with them.
    if (Object.keys(patch).some((key) => key !== "hover" && key !== "step")) this.renderStill();
    this.renderMoving();
  }

  place(view) {
    this.view = view;
    fit(this.svg, view);
    this.svg.setAttribute("viewBox", `0 0 ${view.width} ${view.height}`);
    this.renderStill();
    this.renderMoving();
  }

  renderStill() {
    const { rings, path, trail, cursor } = this.scene;
    this.still.innerHTML = [
      trail ? this.trail(trail) : "",
      rings.map((ring) => this.circle(ring, "lm-ring", 6.5)).join(""),
      this.path(path),
      cursor ? this.cross(cursor) : "",
    ].join("");
  }

  renderMoving() {
    const { step, hover } = this.scene;
    this.moving.innerHTML =
      (step ? this.circle(step, "lm-step", 8) : "") + (hover ? this.circle(hover, "lm-hover-ring", 7) : "");
  }

  at([x, y]) {
    return this.view.toPixel(x, y).map((pixel) => pixel.toFixed(1));
  }

  circle(place, name, radius) {
    const [x, y] = this.at(place);
    return `<circle class="${name}" cx="${x}" cy="${y}" r="${radius}"/>`;
  }

  line(places, name) {
    const points = places.map((place) => this.at(place).join(",")).join(" ");
    return `<polyline class="${name}-halo" points="${points}"/><polyline class="${name}" points="${points}"/>`;
  }

  cross(place) {
    const [x, y] = this.at(place);
    const arms = "M-16,0H-6M6,0H16M0,-16V-6M0,6V16";
    return `<g class="lm-cross" transform="translate(${x},${y})"><path class="lm-halo" d="${arms}"/>` +
      `<circle class="lm-halo" r="5.5"/><path d="${arms}"/><circle r="5.5"/></g>`;
  }

  path(places) {
    if (!places.length) return "";
    const stops = places.map((place, i) => {
      const [x, y] = this.at(place);
      return `<g class="lm-stop" transform="translate(${x},${y})"><circle r="9"/><text dy="3.8">${i + 1}</text></g>`;
    });
    return (places.length > 1 ? this.line(places, "lm-path") : "") + stops.join("");
  }

  trail({ codes, clean, now }) {
    const [x, y] = this.at(clean);
    return this.line(codes, "lm-trail") + this.line([codes[now], clean], "lm-away") +
      this.circle(codes[now], "lm-now", 6.5) +
      `<g class="lm-star" transform="translate(${x},${y})"><title>Your image without noise</title><polygon points="${STAR}"/></g>`;
  }
}
