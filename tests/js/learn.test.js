/* What the Learn tab learns from, and its chart. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Projection } from "../../autoencoder/web/static/js/lib/principal_plane.js";
import { LossChart } from "../../autoencoder/web/static/js/learn/chart.js";
import { someOf } from "../../autoencoder/web/static/js/learn/random.js";

test("of more pictures than are taken each folder has its share", () => {
  const folders = Array.from({ length: 60_000 }, (_, i) => Math.floor(i / 6000));
  const taken = someOf(folders, 10_000);
  assert.equal(taken.length, 10_000);
  for (let folder = 0; folder < 10; folder += 1) {
    const share = taken.filter((one) => one === folder).length;
    assert.ok(share > 800 && share < 1200, `${share} of folder ${folder}`);
  }
  assert.deepEqual(someOf([3, 1, 2], 10).sort(), [1, 2, 3]);
});

test("a long training's chart stays small and keeps its ends", () => {
  class Observer {
    observe() {}
  }
  Object.assign(globalThis, { ResizeObserver: Observer, MutationObserver: Observer, document: {} });
  const chart = new LossChart({ clientWidth: 0 }); // not shown
  for (let step = 0; step <= 100_000; step += 1) chart.add({ step, loss: 0.1, heldOut: 0.1 });
  assert.ok(chart.points.length <= 2000);
  assert.equal(chart.points[0].step, 0);
  assert.equal(chart.points.at(-1).step, 100_000);
});

test("codes that were all alike for a moment spread over the plane again", () => {
  const projection = new Projection(3);
  projection.follow(new Float32Array(30).fill(2));
  const codes = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i * i) * [1, 2, 3][i % 3]);
  projection.follow(codes);
  const places = projection.places(codes);
  for (const axis of [0, 1]) {
    const along = places.filter((_, i) => i % 2 === axis);
    assert.ok(Math.max(...along) - Math.min(...along) > 1);
  }
});
