// @ts-check
/* The loss over the steps. */
import { contextOf } from "../lib/pixels.js";

/** @typedef {{step: number, loss: number | null, heldOut: number}} Point */

const EDGE = { left: 44, right: 10, top: 8, bottom: 22 };
const MOST = 2000; // points; then every other one goes
const TICKS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

export class LossChart {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Point[]} */
    this.points = [];
    new ResizeObserver(() => this.draw()).observe(canvas);
    new MutationObserver(() => this.draw()).observe(document.body, { attributeFilter: ["class"] });
  }

  clear() {
    this.points = [];
    this.draw();
  }

  /** @param {Point} point */
  add(point) {
    this.points.push(point);
    if (this.points.length > MOST) this.points = this.points.filter((_, i) => i % 2 === 0);
    this.draw();
  }

  draw() {
    const { canvas, points } = this;
    const { clientWidth: width, clientHeight: height } = canvas;
    if (!width) return;
    Object.assign(canvas, { width: width * devicePixelRatio, height: height * devicePixelRatio });
    const context = contextOf(canvas);
    context.scale(devicePixelRatio, devicePixelRatio);
    const values = points.flatMap(({ loss, heldOut }) => [loss, heldOut]).filter((value) => value !== null);
    const [low, high] = [Math.min(0.03, ...values) * 0.9, Math.max(0.1, ...values) * 1.1];
    const last = Math.max(100, points.at(-1)?.step ?? 0);
    const x = (/** @type {number} */ step) => EDGE.left + (step / last) * (width - EDGE.left - EDGE.right);
    // Logarithmic: the first steps halve the loss, and the later ones gain a hundredth.
    const share = (/** @type {number} */ value) => Math.log(value / low) / Math.log(high / low);
    const y = (/** @type {number} */ value) => height - EDGE.bottom - share(value) * (height - EDGE.top - EDGE.bottom);
    this.axes(context, { last, x, y, ticks: TICKS.filter((tick) => tick > low && tick < high) });
    const style = getComputedStyle(canvas);
    this.line(
      context,
      "#8d97a6",
      points.filter((one) => one.loss !== null).map((one) => [x(one.step), y(one.loss ?? 1)]),
    );
    this.line(
      context,
      style.getPropertyValue("--color-accent"),
      points.map((one) => [x(one.step), y(one.heldOut)]),
    );
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{last: number, x: (step: number) => number, y: (value: number) => number, ticks: number[]}} scale
   */
  axes(context, { last, x, y, ticks }) {
    const style = getComputedStyle(this.canvas);
    Object.assign(context, {
      strokeStyle: style.getPropertyValue("--border-color-primary"),
      fillStyle: style.getPropertyValue("--body-text-color-subdued"),
      font: "11px system-ui, sans-serif",
      textAlign: "right",
      textBaseline: "middle",
      lineWidth: 1,
    });
    for (const tick of ticks) {
      context.beginPath();
      context.moveTo(x(0), y(tick));
      context.lineTo(x(last), y(tick));
      context.stroke();
      context.fillText(String(tick), EDGE.left - 6, y(tick));
    }
    context.textAlign = "center";
    for (const step of [0, Math.round(last / 2), last]) {
      context.fillText(step.toLocaleString("en"), Math.min(x(step), x(last) - 14), this.canvas.clientHeight - 8);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {string} colour
   * @param {number[][]} corners
   */
  line(context, colour, corners) {
    Object.assign(context, { strokeStyle: colour, lineWidth: 2, lineJoin: "round" });
    context.beginPath();
    for (const [x, y] of corners) context.lineTo(x, y);
    context.stroke();
  }
}
