// @ts-check
/* The Plotly scatter. What moves with the hand (backdrop, cursor, path, trail) is not in here but in
   layers above and below it: an update of a trace costs 380 ms, of a layer under 1 ms. */
import { PRIVATE, loadPlotly } from "../lib/plotly.js";
import { studio } from "../lib/studio.js";
import { shownColumns } from "./geometry.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/** @typedef {import("../lib/studio.js").Box} Box */
/** @typedef {import("./plane.js").Plane} Plane */
/** @typedef {[number, number]} Range */
/**
 * Where the plane lies in the host, in pixels and in units of the plane.
 * @typedef {object} View
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {Range} x
 * @property {Range} y
 * @property {number} unit of the plane a pixel
 * @property {(x: number, y: number) => Place} toPixel
 * @property {(px: number, py: number) => Place} toPlane
 */

const MARGIN = { l: 34, r: 10, t: 10, b: 28 };
const TAP_MS = 500; // within this a tap's mouse event follows its touch event

export class Plot {
  /**
   * @param {HTMLElement} host element to draw in
   * @param {(x: number, y: number, event: MouseEvent) => void} onClick called for a click anywhere on the plane
   * @param {() => void} onView called whenever the axes or the size may have changed
   */
  constructor(host, onClick, onView) {
    this.host = /** @type {any} */ (host); // Plotly adds to it
    this.onClick = onClick;
    this.onView = onView;
    /** @type {any} */
    this.plotly = null;
    /** @type {Box} */
    this.box = { x_min: 0, x_max: 1, y_min: 0, y_max: 1 };
    this.wasHidden = false;
    this.last = { time: -Infinity, type: "", x: 0, y: 0 };
  }

  /**
   * Draw a plane from scratch, with its whole box in view.
   * @param {Plane} plane
   * @param {boolean[]} shown a flag a class
   */
  async draw(plane, shown) {
    const first = !this.plotly;
    this.plotly = await loadPlotly();
    this.box = plane.box;
    this.wasHidden = !this.host.clientWidth; // the visitor went on to another tab meanwhile
    await this.plotly.react(this.host, [this.trace(plane, shown)], this.layout(plane.name), {
      ...PRIVATE,
      scrollZoom: true,
      doubleClick: false,
      displayModeBar: false,
      responsive: false,
    });
    if (first) this.listen();
    this.onView();
  }

  /**
   * @param {Plane} plane
   * @param {boolean[]} shown
   */
  trace(plane, shown) {
    const { x, y, label } = shownColumns(plane, shown);
    const colours = studio.classes.map((one) => one.colour);
    const count = colours.length;
    const colorscale = colours.flatMap((colour, i) => [
      [i / count, colour],
      [(i + 1) / count, colour],
    ]);
    const size = this.host.clientWidth < 480 ? 3.5 : 4.5;
    return {
      type: "scattergl",
      mode: "markers",
      x,
      y,
      hoverinfo: "skip", // nearestRow finds what is hovered over: Plotly's test takes longer and answers late
      marker: { size, opacity: 0.62, color: label, colorscale, cmin: -0.5, cmax: count - 0.5 },
    };
  }

  /** @param {string} name of the plane */
  layout(name) {
    const home = this.framed();
    const axis = {
      showgrid: false,
      zeroline: false,
      ticks: "",
      nticks: 7,
      fixedrange: false,
      tickfont: { size: 11, color: this.inkColour() },
    };
    return {
      margin: MARGIN,
      showlegend: false,
      autosize: true,
      uirevision: name,
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(this.host).fontFamily },
      hovermode: "closest",
      clickanywhere: true,
      // A finger must be able to scroll the page past the map; the hand tool frees the drag.
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "pan",
      xaxis: { ...axis, range: home.x },
      yaxis: { ...axis, range: home.y, scaleanchor: "x" },
      modebar: { orientation: "v", bgcolor: "rgba(0,0,0,0)" },
    };
  }

  inkColour() {
    return getComputedStyle(this.host).getPropertyValue("--body-text-color-subdued").trim();
  }

  listen() {
    this.host.on("plotly_click", (/** @type {{event: any}} */ { event }) => {
      const { clientX: x, clientY: y } = event.changedTouches?.[0] ?? event;
      // A tap arrives twice, as touch and as the mouse that browsers make of it.
      const isSoon = event.timeStamp - this.last.time < TAP_MS && event.type !== this.last.type;
      const isEcho = isSoon && Math.hypot(x - this.last.x, y - this.last.y) < 2;
      this.last = { time: event.timeStamp, type: event.type, x, y };
      if (!isEcho) this.onClick(...this.placeAt(x, y), event);
    });
    for (const name of ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"]) this.host.on(name, this.onView);
    let queued = 0;
    new ResizeObserver(() => {
      cancelAnimationFrame(queued);
      queued = requestAnimationFrame(() => this.resize());
    }).observe(this.host);
  }

  async resize() {
    if (!this.host.clientWidth) return; // the tab is hidden
    await this.plotly.Plots.resize(this.host);
    if (this.wasHidden) await this.reset();
    this.wasHidden = false;
  }

  /** Ranges that show the whole box at one scale for both axes. */
  framed() {
    const { x_min: left, x_max: right, y_min: bottom, y_max: top } = this.box;
    const width = Math.max(this.host.clientWidth - MARGIN.l - MARGIN.r, 1);
    const height = Math.max(this.host.clientHeight - MARGIN.t - MARGIN.b, 1);
    const unit = Math.max((right - left) / width, (top - bottom) / height);
    return { x: around((left + right) / 2, (unit * width) / 2), y: around((bottom + top) / 2, (unit * height) / 2) };
  }

  recolour() {
    const color = this.inkColour();
    this.plotly.relayout(this.host, { "xaxis.tickfont.color": color, "yaxis.tickfont.color": color });
  }

  /**
   * Show only some classes.
   * @param {Plane} plane
   * @param {boolean[]} shown
   */
  filter(plane, shown) {
    const { x, y, marker } = this.trace(plane, shown);
    this.plotly.restyle(this.host, { x: [x], y: [y], "marker.color": [marker.color] }, [0]);
  }

  /**
   * Zoom by a factor about a place, the middle of the view if none.
   * @param {number} factor
   * @param {Place} [place]
   */
  zoom(factor, place) {
    const { x, y } = this.view();
    const [cx, cy] = place ?? [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2];
    const scaled = (/** @type {Range} */ [low, high], /** @type {number} */ at) => {
      return /** @type {Range} */ ([at + (low - at) / factor, at + (high - at) / factor]);
    };
    this.show(scaled(x, cx), scaled(y, cy));
  }

  reset() {
    const { x, y } = this.framed();
    return this.show(x, y);
  }

  /**
   * @param {Range} x
   * @param {Range} y
   */
  show(x, y) {
    return this.plotly.relayout(this.host, { "xaxis.range": x, "yaxis.range": y });
  }

  /** Move the view, at its scale, so that a place comes into it. @param {Place} place */
  reveal([x, y]) {
    const view = this.view();
    const [px, py] = view.toPixel(x, y);
    if (px >= 0 && py >= 0 && px <= view.width && py <= view.height) return;
    this.show(around(x, (view.x[1] - view.x[0]) / 2), around(y, (view.y[1] - view.y[0]) / 2));
  }

  /**
   * The place under a point of the screen. Not the click's xvals: those are the last hover's, which Plotly skips
   * after a quick second click.
   * @param {number} clientX
   * @param {number} clientY
   */
  placeAt(clientX, clientY) {
    const frame = this.host.getBoundingClientRect();
    const view = this.view();
    return view.toPlane(clientX - frame.left - view.left, clientY - frame.top - view.top);
  }

  /** Drag pans, or is left to the page. @param {boolean} on */
  setPan(on) {
    this.plotly.relayout(this.host, { dragmode: on ? "pan" : false });
  }

  /** Where the plane lies in the host now. Ranges, not Plotly's p2d: those lag during a drag. @returns {View} */
  view() {
    const { xaxis, yaxis } = this.host._fullLayout;
    const [width, height] = [xaxis._length, yaxis._length];
    const [x0, x1] = xaxis.range;
    const [y0, y1] = yaxis.range;
    return {
      left: xaxis._offset,
      top: yaxis._offset,
      width,
      height,
      x: [x0, x1],
      y: [y0, y1],
      unit: (x1 - x0) / width,
      toPixel: (x, y) => [((x - x0) / (x1 - x0)) * width, ((y1 - y) / (y1 - y0)) * height],
      toPlane: (px, py) => [x0 + (px / width) * (x1 - x0), y1 - (py / height) * (y1 - y0)],
    };
  }
}

/**
 * @param {number} middle
 * @param {number} half
 * @returns {Range}
 */
function around(middle, half) {
  return [middle - half, middle + half];
}
