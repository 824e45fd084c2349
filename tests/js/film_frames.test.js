/* A training's film between its frames. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { writeSafetensors } from "../../autoencoder/web/static/js/lib/engine/safetensors.js";
import { codesAt, curveOf, momentAt, readFrames, toldOf } from "../../autoencoder/web/static/js/latent/film_frames.js";

const FACTS = {
  stages: ["start", "joint", "finished"],
  epochs: [0, 4, 9],
  mse: [0.17, 0.02345, 0.02],
  reach: 2.8,
  columns: 2,
};
const FRAMES = readFrames(
  writeSafetensors(
    {
      codes: { shape: [3, 2, 2], data: Float32Array.of(0, 0, 0, 0, 1, 2, -1, 0, 1, 4, -3, 0) },
      labels: { shape: [2], data: Float32Array.of(7, 0) },
    },
    { film: JSON.stringify(FACTS) },
  ),
);

test("at a frame its codes are seen, between two the way from one to the other", () => {
  const at = (position) => [...codesAt(FRAMES, momentAt(position, FRAMES.count))];
  assert.deepEqual(at(0), [0, 0, 0, 0]);
  assert.deepEqual(at(1), [1, 2, -1, 0]);
  assert.deepEqual(at(1.5), [1, 3, -2, 0]);
  assert.deepEqual(at(2), [1, 4, -3, 0]);
});

test("beyond either end the film stands", () => {
  assert.deepEqual(momentAt(-1, 3), { from: 0, to: 1, share: 0 });
  assert.deepEqual(momentAt(7, 3), { from: 1, to: 2, share: 1 });
  assert.deepEqual(momentAt(3, 1), { from: 0, to: 0, share: 0 });
});

test("what is told is the nearest frame's", () => {
  assert.equal(toldOf(FRAMES, 0.4).now, "Before the first epoch · error (MSE) 0.1700");
  assert.equal(toldOf(FRAMES, 0.6).now, "After epoch 4 of 9 · error (MSE) 0.0234");
  assert.match(toldOf(FRAMES, 0.6).phase, /learn together/);
  assert.match(toldOf(FRAMES, 9).phase, /^Finished/);
});

test("the curve falls from the top by equal steps for equal factors", () => {
  const points = curveOf([0.16, 0.08, 0.04])
    .split(" ")
    .map((point) => point.split(",").map((part) => Math.round(Number(part))));
  assert.deepEqual(points, [
    [0, 0],
    [50, 20],
    [100, 40],
  ]);
  assert.equal(curveOf([0.1, 0.1]), "0,0 100,0");
});
