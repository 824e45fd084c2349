/* Places on a plane. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  atlasCell,
  leapsBetween,
  nearestRow,
  placeOf,
  runsOf,
  stepsAlong,
  ticks,
} from "../../autoencoder/web/static/js/lib/geometry.js";

const PLANE = {
  count: 4,
  codes: Float32Array.of(0, 0, 1, 0, 1, 1, -3, 2),
  labels: Uint8Array.of(0, 1, 1, 2),
};
const ALL = [true, true, true];

test("the nearest row is the nearest", () => {
  assert.equal(nearestRow(PLANE, 0.4, 0.1, ALL), 0);
  assert.equal(nearestRow(PLANE, 0.9, 0.8, ALL), 2);
  assert.equal(nearestRow(PLANE, -9, 9, ALL), 3);
  assert.deepEqual(placeOf(PLANE, 3), [-3, 2]);
});

test("hidden classes and what is out of reach do not count", () => {
  assert.equal(nearestRow(PLANE, 0.9, 0.8, [true, false, true]), 0);
  assert.equal(nearestRow(PLANE, 0.9, 0.8, [false, false, false]), -1);
  assert.equal(nearestRow(PLANE, 0.5, 0.5, ALL, 0.7), -1);
  assert.notEqual(nearestRow(PLANE, 0.5, 0.5, ALL, 0.71), -1);
});

test("a code's way is parted where it goes further than a tenth of the plane at once", () => {
  const way = [
    [0, 0],
    [0.3, 0.3],
    [3, 4],
    [3, 4.4],
    [0, 0],
  ];
  assert.deepEqual(runsOf(way, { x_min: -2, x_max: 3 }), [way.slice(0, 2), way.slice(2, 4), way.slice(4)]);
  assert.deepEqual(runsOf(way, { x_min: -40, x_max: 20 }), [way]);
  assert.deepEqual(leapsBetween(runsOf(way, { x_min: -2, x_max: 3 })), [
    [way[1], way[2]],
    [way[3], way[4]],
  ]);
  assert.deepEqual(runsOf([], { x_min: 0, x_max: 1 }), []);
});

test("ticks are round, lie within their range and are not crowded", () => {
  assert.deepEqual(ticks(-1.1, 2.3, 5), { values: [-1, 0, 1, 2], digits: 0 });
  assert.deepEqual(ticks(0.33, 0.61, 3), { values: [0.4, 0.5, 6 * 0.1], digits: 1 });
  assert.deepEqual(ticks(0, 1, 0.2).values, [0, 1]);
});

test("the atlas's first cell is top left, and there is none beyond its box", () => {
  const plane = { box: { x_min: -1, x_max: 1, y_min: -2, y_max: 2 }, cells: 4 };
  assert.deepEqual(atlasCell(plane, -0.99, 1.99), { x: 0, y: 0 });
  assert.deepEqual(atlasCell(plane, 0.99, -1.99), { x: 84, y: 84 });
  assert.deepEqual(atlasCell(plane, 0.1, 0.1), { x: 56, y: 28 });
  for (const [x, y] of [
    [-1.01, 0],
    [1.01, 0],
    [0, 2.01],
    [0, -2.01],
  ])
    assert.equal(atlasCell(plane, x, y), null);
});

test("places along a path are evenly spaced, its ends included", () => {
  const places = (points, count) => stepsAlong(points, count).map((step) => step.place);
  const corner = [[0, 0], [3, 0], [3, 1]]; // prettier-ignore
  assert.deepEqual(places(corner, 5), [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]); // prettier-ignore
  assert.deepEqual(places([[2, 2], [2, 2]], 3), [[2, 2], [2, 2], [2, 2]]); // prettier-ignore
});

test("each place along a path lies between the ends of its leg, by its share", () => {
  const corner = [[0, 0], [3, 0], [3, 1]]; // prettier-ignore
  for (const { place, ends, share } of stepsAlong(corner, 9)) {
    assert.ok(share >= 0 && share <= 1);
    assert.ok([0, 1].some((leg) => ends[0] === corner[leg] && ends[1] === corner[leg + 1]));
    assert.deepEqual(place, ends[0].map((at, axis) => at + share * (ends[1][axis] - at))); // prettier-ignore
  }
});
