// @ts-check
/* The bottleneck in numbers: the code between the pictures, and its way over the plane as the noise grows. */
import { find, make } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { contextOf } from "../lib/pixels.js";
import { starCorners } from "../lib/star.js";
import { modelNamed } from "../lib/studio.js";
import { windowAround } from "./window.js";

/** @typedef {import("../lib/strips.js").Place} Place */

const SIZE = { width: 168, height: 116, margin: 14 };

export class CodePlane {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.title = find(root, ".neck-title", HTMLElement);
    this.code = find(root, ".neck-code", HTMLElement);
    this.canvas = find(root, "#code-plane canvas", HTMLCanvasElement);
    this.hint = find(root, "#code-plane .hint", HTMLElement);
    const dense = Math.min(3, Math.max(2, devicePixelRatio));
    Object.assign(this.canvas, { width: SIZE.width * dense, height: SIZE.height * dense });
    this.context = contextOf(this.canvas);
    this.context.scale(dense, dense);
  }

  /**
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  paint(strip, row) {
    const { latent_dim: numbers, projected, box } = modelNamed(strip.model);
    const [[x, y], [cx, cy]] = [strip.codes[row], strip.clean_code];
    this.title.textContent = `${numbers} numbers`;
    this.code.replaceChildren(make("span", {}, signed(x)), make("span", {}, signed(y)));
    if (projected) this.code.append(make("small", {}, "in two of their directions"));
    const frame = windowAround([...strip.codes, strip.clean_code], box, SIZE);
    const moved = Math.hypot(x - cx, y - cy).toFixed(2);
    const words = `Noise has moved it ${moved} away from the clean picture’s code, ${signed(cx)}, ${signed(cy)}.`;
    const width = frame.width.toPrecision(2);
    this.hint.textContent = `● ${words} The window is ${width} wide; the whole plane ${(box.x_max - box.x_min).toFixed(1)}.`;
    this.canvas.setAttribute("aria-label", `Code ${signed(x)}, ${signed(y)}. ${words}`);
    const toPixel = (/** @type {Place} */ place) => frame.toPixel(place);
    this.draw(strip.codes.map(toPixel), toPixel(strip.codes[row]), toPixel(strip.clean_code));
  }

  /**
   * @param {Place[]} trail in pixels, as are the others
   * @param {Place} now
   * @param {Place} clean
   */
  draw(trail, now, clean) {
    const { context } = this;
    const style = getComputedStyle(this.canvas);
    const [pink, yellow] = ["--trail-colour", "--star-colour"].map((name) => style.getPropertyValue(name));
    context.clearRect(0, 0, SIZE.width, SIZE.height);
    Object.assign(context, { lineWidth: 2, strokeStyle: pink, globalAlpha: 0.55, lineJoin: "round" });
    context.beginPath();
    for (const [x, y] of trail) context.lineTo(x, y);
    context.stroke();
    Object.assign(context, { globalAlpha: 1, fillStyle: pink, strokeStyle: style.backgroundColor });
    context.beginPath();
    context.arc(now[0], now[1], 6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    Object.assign(context, { fillStyle: yellow, strokeStyle: "#111", lineWidth: 1.2 });
    context.beginPath();
    for (const [x, y] of starCorners(7, 3)) context.lineTo(clean[0] + x, clean[1] + y);
    context.closePath();
    context.fill();
    context.stroke();
  }
}
