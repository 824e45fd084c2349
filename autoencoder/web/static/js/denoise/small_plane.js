// @ts-check
/* A small picture of a plane: a trail, dotted where it leaps, where it is now, a star, and maybe a straight line. */
import { leapsBetween } from "../lib/geometry.js";
import { contextOf } from "../lib/pixels.js";
import { starCorners } from "../lib/star.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/**
 * @typedef {object} Marks
 * @property {Place[][]} runs of the trail, parted where it leaps
 * @property {Place} now
 * @property {Place} star
 * @property {Place[]} [line]
 */

const LEAST_SHARE = 0.015; // of the plane's width is the least that the window shows
const SIZE = { width: 168, height: 116, margin: 14 };

export class SmallPlane {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const dense = Math.min(3, Math.max(2, devicePixelRatio));
    Object.assign(canvas, { width: SIZE.width * dense, height: SIZE.height * dense });
    this.context = contextOf(canvas);
    this.context.scale(dense, dense);
  }

  /**
   * Draw marks in a window that holds trail and star; returns its width in units of the plane.
   * @param {Marks} marks
   * @param {{x_min: number, x_max: number}} [box] of the whole plane, a share of which the window shows at least
   */
  draw({ runs, now, star, line }, box = { x_min: 0, x_max: 0 }) {
    const frame = windowAround([...runs.flat(), star], box, SIZE);
    const style = getComputedStyle(this.canvas);
    const [pink, yellow] = ["--trail-colour", "--star-colour"].map((name) => style.getPropertyValue(name));
    const { context } = this;
    context.clearRect(0, 0, SIZE.width, SIZE.height);
    Object.assign(context, { lineWidth: 1.5, strokeStyle: style.color, globalAlpha: 0.8, lineJoin: "round" });
    if (line) this.stroke(line.map(frame.toPixel));
    Object.assign(context, { lineWidth: 2, strokeStyle: pink, globalAlpha: 0.55 });
    for (const run of runs) this.stroke(run.map(frame.toPixel));
    context.setLineDash([1, 3]);
    for (const leap of leapsBetween(runs)) this.stroke(leap.map(frame.toPixel));
    context.setLineDash([]);
    Object.assign(context, { globalAlpha: 1, fillStyle: pink, strokeStyle: style.backgroundColor });
    context.beginPath();
    context.arc(...frame.toPixel(now), 6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    const [x, y] = frame.toPixel(star);
    Object.assign(context, { fillStyle: yellow, strokeStyle: "#111", lineWidth: 1.2 });
    context.beginPath();
    for (const [dx, dy] of starCorners(7, 3)) context.lineTo(x + dx, y + dy);
    context.closePath();
    context.fill();
    context.stroke();
    return frame.width;
  }

  /** @param {[number, number][]} points in pixels */
  stroke(points) {
    this.context.beginPath();
    for (const [x, y] of points) this.context.lineTo(x, y);
    this.context.stroke();
  }
}

/**
 * The part of a plane that holds some places, no smaller than a share of the plane, at one scale for both axes.
 * @param {readonly (readonly number[])[]} places
 * @param {{x_min: number, x_max: number}} box of the whole plane
 * @param {{width: number, height: number, margin: number}} size in pixels
 */
export function windowAround(places, box, { width, height, margin }) {
  const [[left, right], [bottom, top]] = [0, 1].map((axis) => {
    const values = places.map((place) => place[axis]);
    return [Math.min(...values), Math.max(...values)];
  });
  const scale = Math.min(
    (width - 2 * margin) / Math.max(right - left, LEAST_SHARE * (box.x_max - box.x_min)),
    (height - 2 * margin) / Math.max(top - bottom, 1e-6),
  );
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  return {
    width: width / scale,
    /** @param {readonly number[]} place @returns {[number, number]} */
    toPixel: ([px, py]) => [width / 2 + (px - x) * scale, height / 2 - (py - y) * scale],
  };
}
