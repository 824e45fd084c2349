/* Pixels and strokes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Drawing, distanceToSegment } from "../../autoencoder/web/static/js/denoise/drawing.js";
import { verdict } from "../../autoencoder/web/static/js/denoise/verdict.js";
import { crossFade } from "../../autoencoder/web/static/js/latent/walk_rows.js";
import {
  PIXELS,
  decodeBase64,
  diverging,
  encodeBase64,
  meanSquaredError,
} from "../../autoencoder/web/static/js/lib/pixels.js";
import { rounded } from "../../autoencoder/web/static/js/lib/preparation/resample.js";

test("bytes survive base64, as Node's own codec has it", () => {
  const bytes = Uint8Array.from({ length: 784 }, (_, i) => (i * 37) % 256);
  assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
  assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
});

test("the error is the mean of the squared differences", () => {
  assert.equal(meanSquaredError(Float32Array.of(0, 1, 0.5, 0.5), Float32Array.of(0, 0, 0, 0.5)), 0.3125);
});

test("the distance from a line ends at its ends", () => {
  assert.equal(distanceToSegment(1, 2, 0, 0, 4, 0), 2);
  assert.equal(distanceToSegment(7, 4, 0, 0, 4, 0), 5);
  assert.equal(distanceToSegment(3, 4, 0, 0, 0, 0), 5);
});

test("a stroke covers about its area, in greys at its edge, and can be undone", () => {
  const drawing = new Drawing();
  drawing.keep();
  drawing.line([5.3, 14.2], [21.3, 14.2], 2);
  const area = drawing.ink.reduce((sum, cover) => sum + cover, 0);
  assert.ok(Math.abs(area - (16 * 4 + Math.PI * 4)) < 2, `area ${area}`);
  assert.ok(drawing.bytes().some((grey) => grey > 20 && grey < 235));
  drawing.undo();
  assert.ok(drawing.bytes().every((grey) => grey === 0));
  drawing.undo(); // nothing left to undo
});

test("clearing can be undone too", () => {
  const drawing = new Drawing();
  const picture = Uint8Array.from({ length: 784 }, (_, i) => i % 256);
  drawing.load(picture);
  drawing.clear();
  drawing.undo();
  assert.deepEqual(drawing.bytes(), picture);
});

test("the verdict names what is nearer, and by how much", () => {
  assert.match(verdict(0.03, 0.015), /^The reconstruction is nearer .* about half the noisy input/);
  assert.match(verdict(0.03, 0.01), /about a third of the/);
  assert.match(verdict(0.03, 0.025), /83 % of the/);
  assert.match(verdict(0.03, 0.001), /less than a tenth of the/);
  assert.match(verdict(0.01, 0.04), /^The noisy input is nearer .*\(4\.0 times/);
  assert.match(verdict(0, 0.04), /^No pixel is noisy/);
  assert.match(verdict(0.001, 0.04), /^The noisy input is nearer .*\(far /);
  assert.match(verdict(0.0101, 0.01), /as near/);
});

test("a mixture has its share of each picture of its pair", () => {
  const pairs = [0, 200, 100, 50].flatMap((grey) => Array.from({ length: PIXELS }, (_, i) => (i ? grey : 255)));
  const mixtures = crossFade(Uint8Array.from(pairs), [0.25, 1]);
  assert.deepEqual([mixtures.length, mixtures[0], mixtures[PIXELS]], [2 * PIXELS, 255, 255]);
  assert.ok(mixtures.subarray(1, PIXELS).every((grey) => grey === 50));
  assert.ok(mixtures.subarray(PIXELS + 1).every((grey) => grey === 50));
});

test("numbers of opposite sign are opposite colours, and nothing is white", () => {
  assert.deepEqual(diverging(0), [255, 255, 255]);
  for (const size of [0.2, 0.6, 1]) {
    const [red, , blue] = diverging(size);
    const [otherRed, , otherBlue] = diverging(-size);
    assert.ok(red > blue && otherRed < otherBlue);
  }
  assert.deepEqual(diverging(7), diverging(1));
});

test("halves are rounded as Python rounds them", () => {
  assert.deepEqual([0.5, 1.5, 2.4, 2.5, 22.5, 23.5].map(rounded), [0, 2, 2, 2, 22, 24]);
});
