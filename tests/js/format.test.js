/* Numbers, levels and windows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { windowAround } from "../../autoencoder/web/static/js/denoise/small_plane.js";
import { signed } from "../../autoencoder/web/static/js/lib/format.js";
import { nearestLevel, rowOf } from "../../autoencoder/web/static/js/lib/levels.js";
import { starCorners } from "../../autoencoder/web/static/js/lib/star.js";

const LIMITS = { max_level: 0.6, level_step: 0.01 };
const LEVELS = Array.from({ length: 61 }, (_, i) => Math.round(i) / 100);

test("numbers have a true minus sign, and a zero has none", () => {
  const cases = { 1.25: 1.25, "−1.49": -1.494, "0.00": -0.001, "∞": Infinity, "−∞": -Infinity };
  for (const [text, value] of Object.entries(cases)) assert.equal(signed(value), text);
  assert.equal(signed(-0.00006, 4), "−0.0001");
});

test("a level is brought into bounds and on to the grid", () => {
  const cases = [
    [0.333, 0.33],
    [7, 0.6],
    [-1, 0],
    [0.29, 0.29],
    [0.07, 0.07],
  ];
  for (const [value, level] of cases) assert.equal(nearestLevel(value, LIMITS), level);
});

test("each level finds its own row, others the nearest", () => {
  LEVELS.forEach((level, row) => assert.equal(rowOf(LEVELS, level), row));
  assert.equal(rowOf(LEVELS, 0.254), 25);
  assert.equal(rowOf(LEVELS, 9), 60);
  assert.equal(rowOf([0, 0.1, 0.4], 0.3), 2);
});

test("a window shows all places inside its margin, at one scale, y upward", () => {
  const size = { width: 200, height: 100, margin: 10 };
  const places = [
    [0, 0],
    [3, 1],
    [1, -1],
  ];
  const { toPixel, width } = windowAround(places, { x_min: -5, x_max: 5 }, size);
  for (const place of places) {
    const [x, y] = toPixel(place);
    assert.ok(x >= 10 && x <= 190 && y >= 10 - 1e-9 && y <= 90 + 1e-9, `${place} at ${x}, ${y}`);
  }
  const [[x0, y0], [x1], [, y1]] = [toPixel([0, 0]), toPixel([1, 0]), toPixel([0, 1])];
  assert.ok(Math.abs(x1 - x0 - (y0 - y1)) < 1e-9);
  assert.ok(Math.abs(width - 200 / (x1 - x0)) < 1e-9);
});

test("a window about one place is a share of the plane, not a point", () => {
  const { width } = windowAround([[1, 1]], { x_min: -5, x_max: 5 }, { width: 168, height: 116, margin: 14 });
  assert.ok(Math.abs(width - (0.15 * 168) / 140) < 1e-9);
});

test("a star has five points, the first upward, and its notches between them", () => {
  const corners = starCorners(7, 3);
  assert.equal(corners.length, 10);
  corners.forEach(([x, y], i) => assert.ok(Math.abs(Math.hypot(x, y) - (i % 2 ? 3 : 7)) < 1e-9));
  assert.ok(Math.abs(corners[0][0]) < 1e-9 && corners[0][1] === -7);
});
