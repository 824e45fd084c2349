/* Animated GIFs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { animatedGif } from "../../autoencoder/web/static/js/lib/gif.js";

test("a GIF's header names its size, and it ends as it must", async () => {
  const images = Uint8Array.from({ length: 3 * 784 }, (_, i) => (i * 7) % 256);
  const bytes = new Uint8Array(await animatedGif(images, 2, 110).arrayBuffer());
  assert.equal(new TextDecoder().decode(bytes.subarray(0, 6)), "GIF89a");
  assert.deepEqual([...bytes.subarray(6, 10)], [56, 0, 56, 0]);
  assert.equal(bytes.at(-1), 0x3b);
});
