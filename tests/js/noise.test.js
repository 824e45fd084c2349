/* The noise that server, browser and shared links have in common. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Threefry, corrupt, threefry2x32 } from "../../autoencoder/web/static/js/lib/engine/noise.js";

const GREY = new Float32Array(784).fill(0.5);

test("Threefry's words are Random123's published ones", () => {
  // Its kat_vectors: "threefry2x32 20", counter, key, words.
  const published = [
    [[0, 0], [0, 0], [0x6b200159, 0x99ba4efe]],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], [0x1cb996fc, 0xbb002be7]],
    [[0x243f6a88, 0x85a308d3], [0x13198a2e, 0x03707344], [0xc4923a9c, 0x483df7a0]],
  ]; // prettier-ignore
  for (const [counter, key, words] of published) assert.deepEqual(threefry2x32(key, counter), words);
});

test("normal numbers are Box and Muller's of the words", () => {
  const [a, b] = threefry2x32([7, 0], [1, 0]).map((word) => Math.floor(word / 256) / 2 ** 24);
  const radius = Math.sqrt(-2 * Math.log(a + 2 ** -24));
  const expected = [radius * Math.cos(2 * Math.PI * b), radius * Math.sin(2 * Math.PI * b)].map(Math.fround);
  assert.deepEqual([...new Threefry(7).normal(5).slice(2, 4)], expected);
});

test("one seed draws the same, and each draw is another", () => {
  const [one, same, other] = [new Threefry(3), new Threefry(3), new Threefry(4)];
  const first = one.uniform(9);
  assert.deepEqual(first, same.uniform(9));
  assert.notDeepEqual(first, other.uniform(9));
  assert.notDeepEqual(first, one.uniform(9));
});

test("level 0 changes nothing, and masking blackens the stated share", () => {
  for (const kind of ["gaussian", "speckle", "masking", "salt_pepper"]) {
    assert.deepEqual(corrupt(GREY, kind, [0], new Threefry(1)), GREY);
  }
  const masked = corrupt(GREY, "masking", [0.3], new Threefry(1));
  const share = masked.filter((x) => x === 0).length / 784;
  assert.ok(Math.abs(share - 0.3) < 5 * Math.sqrt((0.3 * 0.7) / 784));
});
