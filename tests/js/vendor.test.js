/* What is served of other people's code. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { TARGET, bundle } from "../../deploy/vendor.js";

test("the vendored library is what npm's pinned package gives, with its licence", async () => {
  assert.ok((await readFile(TARGET, "utf8")) === (await bundle()), "run: npm run vendor");
  const licences = ["node_modules/@jax-js/jax/LICENSE", "autoencoder/web/static/vendor/LICENSE"];
  const [theirs, ours] = await Promise.all(licences.map((path) => readFile(path, "utf8")));
  assert.equal(ours, theirs);
});
