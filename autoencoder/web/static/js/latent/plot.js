/* The Plotly scatter. What moves with the hand (backdrop, cursor, path, trail) is not in here but in
   layers above and below it: an update of a trace costs 380 ms, of a layer under 1 ms. */

const MARGIN = { l: 34, r: 10, t: 10, b: 28 };
let plotlyScript = null;

/** Load Plotly, once, from this server. */
function loadPlotly() {
  plotlyScript ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = studio.assets.url("plotly.min.js");
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("The map could not be fetched. Reload the page to try again."));
    document.head.append(script);
  });
  return plotlyScript;
}

class Plot {
  /** @param host element to draw in
   *  @param onClick called with (x, y, event) for a click anywhere on the plane
   *  @param onView called whenever the axes or the size may have changed */
  constructor(host, { onClick, onView }) {
    Object.assign(this, { host, onClick, onView });
    this.ready = false;
  }

  /** Draw a plane from scratch, with its whole box in view. */
  async draw(plane, shown) {
    await loadPlotly();
    this.plane = plane;
    this.home = this.framed(plane.box);
    this.blind = !this.host.clientWidth; // the visitor went on to another tab meanwhile
    const first = !this.ready;
    await Plotly.react(this.host, [this.trace(shown)], this.layout(), this.config());
    if (first) this.listen();
    this.ready = true;
    this.onView();
  }

  trace(shown) {
    const { x, y, label } = shownColumns(this.plane, shown);
    const colours = studio.classes.map((one) => one.colour);
    const scale = colours.flatMap((colour, i) => [[i / colours.length, colour], [(i + 1) / colours.length, colour]]);
    return {
      type: "scattergl", mode: "markers", x, y,
      // The hit test is our own (nearestRow): Plotly's takes longer and answers late.
      hoverinfo: "skip",
      marker: { size: this.host.clientWidth < 480 ? 3.5 : 4.5, opacity: 0.62, color: label, colorscale: scale, cmin: -0.5, cmax: colours.length - 0.5 },
    };
  }

  layout() {
    const style = getComputedStyle(this.host);
    const axis = {
      showgrid: false, zeroline: false, ticks: "", nticks: 7, fixedrange: false,
      tickfont: { size: 11, color: style.getPropertyValue("--body-text-color-subdued").trim() },
    };
    return {
      margin: MARGIN, showlegend: false, autosize: true, uirevision: this.plane.name,
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: style.fontFamily },
      hovermode: "closest", clickanywhere: true,
      // A finger must be able to scroll the page past the map; the hand tool frees the drag.
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "pan",
      xaxis: { ...axis, range: this.home.x },
      yaxis: { ...axis, range: this.home.y, scaleanchor: "x" },
      modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)" },
    };
  }

  config() {
    return {
      displaylogo: false, showSendToCloud: false, plotlyServerURL: "", scrollZoom: true, doubleClick: false,
      displayModeBar: false, responsive: false,
    };
  }

  listen() {
    let last = {};
    this.host.on("plotly_click", ({ event }) => {
      const now = event.changedTouches?.[0] ?? event;
      const [x, y] = [now.clientX, now.clientY];
      // A tap arrives twice, as touch and as the mouse that browsers make of it.
      const soon = event.timeStamp - last.time < 500 && event.type !== last.type;
      const again = soon && Math.hypot(x - last.x, y - last.y) < 2;
      last = { time: event.timeStamp, type: event.type, x, y };
      if (!again) this.onClick(...this.placeAt(x, y), event);
    });
    for (const name of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) {
      this.host.on(name, () => this.onView());
    }
    let queued = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(queued);
      queued = requestAnimationFrame(() => this.resize());
    }).observe(this.host);
  }

  async resize() {
    if (!this.host.clientWidth) return; // the tab is hidden
    await Plotly.Plots.resize(this.host);
    if (this.blind) await this.reset();
    this.blind = false;
  }

  /** Ranges that show a whole box at one scale for both axes. */
  framed(box) {
    const width = Math.max(this.host.clientWidth - MARGIN.l - MARGIN.r, 1);
    const height = Math.max(this.host.clientHeight - MARGIN.t - MARGIN.b, 1);
    const unit = Math.max((box.x_max - box.x_min) / width, (box.y_max - box.y_min) / height);
    const around = (low, high, pixels) => [(low + high - unit * pixels) / 2, (low + high + unit * pixels) / 2];
    return { x: around(box.x_min, box.x_max, width), y: around(box.y_min, box.y_max, height) };
  }

  recolour() {
    const { xaxis, yaxis } = this.layout();
    Plotly.relayout(this.host, {
      "xaxis.tickfont.color": xaxis.tickfont.color, "yaxis.tickfont.color": yaxis.tickfont.color,
    });
  }

  filter(shown) {
    const { x, y, marker } = this.trace(shown);
    return Plotly.restyle(this.host, { x: [x], y: [y], "marker.color": [marker.color] }, [0]);
  }

  /** Zoom by a factor about a place (the middle of the view if none). */
  zoom(factor, [x, y] = this.view().middle) {
    const { xaxis, yaxis } = this.host._fullLayout;
    const scaled = (range, at) => range.map((end) => at + (end - at) / factor);
    return this.show(scaled(xaxis.range, x), scaled(yaxis.range, y));
  }

  reset() {
    const { x, y } = this.framed(this.plane.box);
    return this.show(x, y);
  }

  show(x, y) {
    return Plotly.relayout(this.host, { "xaxis.range": x, "yaxis.range": y });
  }

  /** Move the view, at its scale, so that a place comes into it. */
  reveal([x, y]) {
    const view = this.view();
    const [px, py] = view.toPixel(x, y);
    if (px >= 0 && py >= 0 && px <= view.width && py <= view.height) return;
    const half = [(view.x1 - view.x0) / 2, (view.y1 - view.y0) / 2];
    this.show([x - half[0], x + half[0]], [y - half[1], y + half[1]]);
  }

  /** The place under a point of the screen. Not the click's xvals: those are the last hover's, which
   *  Plotly skips after a quick second click. */
  placeAt(clientX, clientY) {
    const frame = this.host.getBoundingClientRect();
    const view = this.view();
    return view.toPlane(clientX - frame.left - view.left, clientY - frame.top - view.top);
  }

  /** Drag pans, or is left to the page. */
  setPan(on) {
    return Plotly.relayout(this.host, { dragmode: on ? "pan" : false });
  }

  /** Where the plane lies in the host now. Ranges, not Plotly's p2d: those lag during a drag. */
  view() {
    const { xaxis, yaxis } = this.host._fullLayout;
    const [x0, x1] = xaxis.range;
    const [y0, y1] = yaxis.range;
    const [left, top, width, height] = [xaxis._offset, yaxis._offset, xaxis._length, yaxis._length];
    return {
      left, top, width, height, x0, x1, y0, y1,
      unit: (x1 - x0) / width,
      middle: [(x0 + x1) / 2, (y0 + y1) / 2],
      toPixel: (x, y) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height],
      toPlane: (px, py) => [x0 + (px / width) * (x1 - x0), y1 - (py / height) * (y1 - y0)],
    };
  }
}
