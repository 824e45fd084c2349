/* The bottleneck's widths, and what a comparison comes to. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { widthsOf, wordsFor } from "../../autoencoder/web/static/js/denoise/widths.js";

test("the widths are those whose networks there are, in order of size", () => {
  const assets = [
    "basic/model.safetensors.zlib",
    "sweep/16.safetensors",
    "sweep/pca.safetensors",
    "sweep/2.safetensors",
  ];
  assert.deepEqual(widthsOf(assets), [2, 16]);
  assert.deepEqual(widthsOf(["basic/atlas.webp"]), []);
});

test("the words name the winner and by how much, or call it a draw", () => {
  assert.equal(
    wordsFor(8, 0.012, 0.024),
    "one number for every 98 pixels; the autoencoder’s error is 50 % smaller than PCA’s.",
  );
  assert.equal(
    wordsFor(128, 0.008, 0.006),
    "one number for every 6 pixels; PCA’s error is 25 % smaller than the autoencoder’s.",
  );
  assert.match(wordsFor(64, 0.00981, 0.01), /equally well/);
  assert.match(wordsFor(64, 0, 0), /equally well/);
});
