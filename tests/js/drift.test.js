/* Where noise takes codes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  arrowsOn,
  endsOf,
  meanDistance,
  placesAt,
  readNoisyCodes,
} from "../../autoencoder/web/static/js/latent/drift.js";

const BOX = { x_min: -2, x_max: 2, y_min: -1, y_max: 1 };

/** Random numbers of one seed. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (1664525 * state + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** Codes spread over the left two thirds of the box. */
function spread(count, seed) {
  const next = generator(seed);
  return Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 ? 2 * next() - 1 : (8 / 3) * next() - 2));
}

/** Items that a level moves by a rule. */
function moved(clean, levels, rule) {
  const places = levels.flatMap((level) =>
    [...clean].map((at, i) => at + level * rule(clean[i - (i % 2)], clean[i - (i % 2) + 1])[i % 2]),
  );
  return {
    levels: Float32Array.from(levels),
    rows: new Float32Array(clean.length / 2),
    places: Float32Array.from(places),
  };
}

test("places are those of the file, between its bounds", () => {
  const header = {
    levels: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    bounds: { dtype: "F32", shape: [2, 2], data_offsets: [8, 24] },
    rows: { dtype: "U16", shape: [1], data_offsets: [24, 26] },
    steps: { dtype: "U16", shape: [2, 1, 2], data_offsets: [26, 34] },
  };
  const text = new TextEncoder().encode(JSON.stringify(header));
  const numbers = [Float32Array.of(0, 0.5, -1, 10, 3, 30), Uint16Array.of(7, 0, 65535, 65535, 0)];
  const bytes = numbers.flatMap((one) => [...new Uint8Array(one.buffer)]);
  const file = Uint8Array.from([...new Uint8Array(BigUint64Array.of(BigInt(text.length)).buffer), ...text, ...bytes]);
  const codes = readNoisyCodes(file.buffer);
  assert.deepEqual([...codes.places], [-1, 30, 3, 10]);
  assert.deepEqual([...codes.rows], [7]);
});

test("between two levels places move in proportion, beyond the last they stay", () => {
  const codes = moved(Float32Array.of(0, 0, 1, 1), [0, 0.25, 0.5], () => [4, -8]);
  assert.deepEqual([...placesAt(codes, 0)], [0, 0, 1, 1]);
  assert.deepEqual([...placesAt(codes, 0.125)], [0.5, -1, 1.5, 0]);
  assert.deepEqual([...placesAt(codes, 0.25)], [1, -2, 2, -1]);
  assert.deepEqual([...placesAt(codes, 0.375)], [1.5, -3, 2.5, -2]);
  assert.deepEqual([...placesAt(codes, 9)], [...placesAt(codes, 0.5)]);
});

test("the mean distance is that of the items", () => {
  assert.equal(meanDistance(Float32Array.of(0, 0, 1, 1), Float32Array.of(3, 4, 1, 2)), 3);
});

test("some 250 arrows stand evenly where codes are, and nowhere else", () => {
  const clean = spread(1000, 1);
  const arrows = arrowsOn(
    spread(10000, 2),
    BOX,
    moved(clean, [0, 1], () => [0, 0]),
  );
  assert.ok(arrows.length >= 250 && arrows.length < 280, String(arrows.length));
  const side = Math.min(...arrows.slice(1).map(({ x, y }) => Math.hypot(x - arrows[0].x, y - arrows[0].y)));
  for (const { x, y, shares } of arrows) {
    assert.ok(x < 2 / 3 + side && Math.abs(y) < 1 + side);
    assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
    assert.ok(
      arrows.every(
        (one) => Math.abs(one.x - x) + Math.abs(one.y - y) === 0 || Math.hypot(one.x - x, one.y - y) > 0.99 * side,
      ),
    );
  }
});

test("an arrow is the average move of the codes around it", () => {
  const clean = spread(1000, 3);
  // A field that turns around the origin: the oracle is the rule itself.
  const codes = moved(clean, [0, 1], (x, y) => [-y, x]);
  const arrows = arrowsOn(spread(10000, 4), BOX, codes);
  const ends = endsOf(arrows, clean, placesAt(codes, 0.5));
  const errors = arrows.map(({ x, y }, i) => Math.hypot(ends[2 * i] - (x - 0.5 * y), ends[2 * i + 1] - (y + 0.5 * x)));
  assert.ok(Math.max(...errors) < 0.1, String(Math.max(...errors)));
  const still = endsOf(arrows, clean, placesAt(codes, 0));
  arrows.forEach(({ x, y }, i) =>
    assert.deepEqual([...still.slice(2 * i, 2 * i + 2)], [Math.fround(x), Math.fround(y)]),
  );
});
