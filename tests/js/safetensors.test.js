/* Reading a model's weights. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { readSafetensors } from "../../autoencoder/web/static/js/lib/engine/safetensors.js";

/** A file of a header and bytes. */
function fileOf(header, bytes) {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + bytes.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  file.set(bytes, 8 + text.length);
  return file.buffer;
}

test("numbers of all widths are read, and counters left out", () => {
  const floats = new Uint8Array(Float32Array.of(1.5, -0.1).buffer);
  // 1, -2, the largest, the smallest, infinity, and the half nearest to 1/3
  const halves = new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00, 0x3555).buffer);
  const header = {
    __metadata__: { config: "{}" },
    f: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
    h: { dtype: "F16", shape: [2, 3], data_offsets: [8, 20] },
    steps: { dtype: "I64", shape: [], data_offsets: [20, 28] },
    u: { dtype: "U16", shape: [2], data_offsets: [28, 32] },
  };
  const { tensors, metadata } = readSafetensors(
    fileOf(header, [...floats, ...halves, ...new Uint8Array(8), 1, 2, 255, 255]),
  );
  assert.deepEqual(Object.keys(tensors), ["f", "h", "u"]);
  assert.deepEqual(tensors.f.data, Float32Array.of(1.5, -0.1));
  assert.deepEqual(tensors.h.shape, [2, 3]);
  assert.deepEqual([...tensors.h.data], [1, -2, 65504, 2 ** -24, Infinity, 0.333251953125]);
  assert.deepEqual(tensors.u.data, Float32Array.of(513, 65535));
  assert.equal(metadata.config, "{}");
});

test("a file that is cut off or none is refused with a sentence", () => {
  const header = { f: { dtype: "F32", shape: [2], data_offsets: [0, 8] } };
  assert.throws(() => readSafetensors(fileOf(header, [1, 2, 3, 4])), /cut off/);
  assert.throws(() => readSafetensors(new TextEncoder().encode("<html>nothing here</html>").buffer), /no readable/);
  assert.throws(() => readSafetensors(new ArrayBuffer(3)), /no readable/);
});
