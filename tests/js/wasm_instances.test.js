/* One WebAssembly instance a kernel. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keepInstances } from "../../autoencoder/web/static/js/lib/engine/wasm_instances.js";

// An empty module, and one with an empty section of the compiler's own.
const [EMPTY, OTHER] = [[], [0, 2, 1, 120]].map((rest) => Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...rest]));

test("each module has one instance, whoever asks", (context) => {
  const { Instance } = WebAssembly;
  context.after(() => Object.assign(WebAssembly, { Instance }));
  keepInstances();
  const [module, other] = [EMPTY, OTHER].map((bytes) => new WebAssembly.Module(bytes));
  const first = new WebAssembly.Instance(module, {});
  assert.ok(first instanceof Instance);
  assert.equal(new WebAssembly.Instance(module, {}), first);
  assert.notEqual(new WebAssembly.Instance(other, {}), first);
});
