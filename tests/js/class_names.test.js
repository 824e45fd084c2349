/* The classes' names on the map. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { labelPlaces } from "../../autoencoder/web/static/js/latent/class_names.js";

test("each class's name stands in its own cluster, and no two names on one another", () => {
  const clusters = [
    [-0.8, -0.8],
    [0.8, 0.8],
    [0.8, 0.8],
  ];
  const codes = clusters.flatMap(([x, y], label) =>
    Array.from({ length: 100 - label }, (_, i) => [x + (i % 10) / 50, y + Math.floor(i / 10) / 50]).flat(),
  );
  const labels = Uint8Array.from(clusters.flatMap((_, label) => new Array(100 - label).fill(label)));
  const box = { x_min: -1, x_max: 1, y_min: -1, y_max: 1 };
  const plane = { codes: Float32Array.from(codes), labels, count: labels.length, box };
  const found = labelPlaces(plane, 4); // the fourth class has no points
  assert.deepEqual(found.map((one) => one.label).sort(), [0, 1, 2]);
  const place = Object.fromEntries(found.map((one) => [one.label, one.place]));
  assert.ok(Math.hypot(place[0][0] + 0.7, place[0][1] + 0.7) < 0.25);
  assert.ok(Math.hypot(place[1][0] - 0.9, place[1][1] - 0.9) < 0.25);
  assert.ok(Math.abs(place[1][0] - place[2][0]) > 0.4 || Math.abs(place[1][1] - place[2][1]) > 0.15);
});
