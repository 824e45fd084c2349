/* Changes of a picture. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AMOUNTS, STEPS, path } from "../../autoencoder/web/static/js/denoise/transforms.js";

const PICTURE = Uint8Array.from({ length: 784 }, (_, i) => {
  const [x, y] = [i % 28, Math.floor(i / 28)];
  return x >= 9 && x < 19 && y >= 12 && y < 16 ? 200 : 0; // a flat bar about the middle
});
const at = (pictures, step) => pictures.subarray(step * 784, (step + 1) * 784);

/** The mean place of a picture's light, and how far it spreads across and up, in pixels. */
function moments(picture) {
  const total = picture.reduce((sum, value) => sum + value, 0);
  const mean = (of) => picture.reduce((sum, value, i) => sum + value * of(i % 28, Math.floor(i / 28)), 0) / total;
  const [x, y] = [mean((column) => column), mean((_, row) => row)];
  return { x, y, across: mean((column) => (column - x) ** 2), up: mean((_, row) => (row - y) ** 2) };
}

test("every change leaves the middle step as it was", () => {
  for (const kind of ["shift", "turn", "scale"]) {
    assert.deepEqual(at(path(PICTURE, kind), (STEPS - 1) / 2), PICTURE, kind);
  }
});

test("how far a step goes is told with a true minus", () => {
  assert.deepEqual(
    [AMOUNTS.shift(0), AMOUNTS.turn(0), AMOUNTS.shift(12)],
    ["−4.0 pixels", "−40 degrees", "0.0 pixels"],
  );
});

test("a shift moves the light by four pixels to either side", () => {
  const shifted = path(PICTURE, "shift");
  const [left, right] = [moments(at(shifted, 0)), moments(at(shifted, STEPS - 1))];
  assert.ok(Math.abs(right.x - left.x - 8) < 1e-6);
  assert.ok(Math.abs(right.y - left.y) < 1e-6);
});

test("a turn makes a flat bar steep and leaves it where it is", () => {
  const [before, after] = [moments(PICTURE), moments(at(path(PICTURE, "turn"), STEPS - 1))];
  assert.ok(after.up > 3 * before.up && after.across < before.across);
  assert.ok(Math.abs(after.x - before.x) < 0.1 && Math.abs(after.y - before.y) < 0.1);
});

test("a scale spreads the light by its factor", () => {
  const scaled = path(PICTURE, "scale");
  const [small, large] = [moments(at(scaled, 0)), moments(at(scaled, STEPS - 1))];
  assert.ok(Math.abs(Math.sqrt(large.across / small.across) - 1.4 ** 2) < 0.1);
});
