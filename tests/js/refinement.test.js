/* Refining codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MODEL_ERROR,
  clippedMoments,
  estimateLevel,
  refine,
  solve,
} from "../../autoencoder/web/static/js/lib/engine/refinement.js";
import { Threefry, corrupt } from "../../autoencoder/web/static/js/lib/engine/noise.js";

const WAVES = [0.1, 0.23];
/** A decoder whose pictures are waves: smooth, and another at each place. */
function decode(codes) {
  const pictures = new Float32Array((codes.length / 2) * 784);
  return pictures.map((_, i) => {
    const [row, pixel] = [Math.floor(i / 784), i % 784];
    return 0.5 + 0.25 * WAVES.reduce((sum, wave, axis) => sum + codes[2 * row + axis] * Math.sin(wave * pixel), 0);
  });
}

test("moments are those of a clipped normal variable, by integration", () => {
  const [mu, level, found] = [0.2, 0.3, new Float64Array(3)];
  clippedMoments(mu, level, found);
  const expected = [0, 0, 0];
  const step = 1e-4;
  for (let n = -8; n < 8; n += step) {
    const weight = (Math.exp((-n * n) / 2) / Math.sqrt(2 * Math.PI)) * step;
    const y = Math.min(1, Math.max(0, mu + level * n));
    expected[0] += weight * y;
    expected[1] += weight * Number(y > 0 && y < 1);
    expected[2] += weight * (y - mu) ** 2;
  }
  expected.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-4, `${i}: ${found[i]}, ${value}`));
});

test("the level of the noise is found", () => {
  const clean = new Float32Array(784).map((_, i) => (i % 100) / 100);
  const noisy = corrupt(clean, "gaussian", [0.4], new Threefry(2));
  const wrong = clean.map((x, i) => Math.min(1, Math.max(0, x + (i % 2 ? 1 : -1) * Math.sqrt(MODEL_ERROR))));
  assert.ok(Math.abs(estimateLevel(wrong, noisy) - 0.4) < 0.06);
});

test("refining finds the code of a clean picture, and does better than the guess on a noisy one", () => {
  const truth = Float32Array.of(0.7, -0.4);
  const [guess, options] = [Float32Array.of(0.2, 0.1), { width: 2, steps: 6, allowForNoise: false }];
  const error = (code) => Math.hypot(code[0] - truth[0], code[1] - truth[1]);
  assert.ok(error(refine(decode, guess, decode(truth), options)) < 0.02);
  const noisy = corrupt(decode(truth), "gaussian", [0.3], new Threefry(5));
  assert.ok(error(refine(decode, guess, noisy, { ...options, allowForNoise: true })) < 0.5 * error(guess));
});

test("a symmetric system is solved", () => {
  const solution = solve(
    [
      [4, 1],
      [1, 3],
    ],
    [1, 2],
  );
  assert.ok(Math.abs(solution[0] - 1 / 11) < 1e-12 && Math.abs(solution[1] - 7 / 11) < 1e-12);
});
