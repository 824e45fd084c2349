/* The training in the browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Trainer } from "../../autoencoder/web/static/js/learn/trainer.js";

const SMALLEST_NORMAL = 2 ** -126; // of float32: processors compute with less many times slower

test("what units that died remember of their gradients never becomes subnormal", () => {
  const pictures = Uint8Array.from({ length: 64 * 784 }, (_, i) => (i * 7919) % 256);
  const settings = { bottleneck: 2, widths: [16], noise: "gaussian", level: 0, rate: 0.05, batch: 8, seed: 1 };
  const trainer = new Trainer(settings, pictures);
  for (let step = 0; step < 1200; step += 1) trainer.step();
  const { moments } = trainer;
  const numbers = [moments.first, moments.second].flatMap((layers) =>
    layers.flatMap(({ weight, bias }) => [weight, bias].flatMap((one) => [...one.ref.dataSync()])),
  );
  assert.ok(numbers.every(Number.isFinite));
  assert.ok(numbers.some((x) => x !== 0));
  assert.equal(numbers.filter((x) => x !== 0 && Math.abs(x) < SMALLEST_NORMAL).length, 0);
});

test("the largest learning rate leaves every weight and each loss a number", () => {
  const pictures = Uint8Array.from({ length: 256 * 784 }, (_, i) => (i % 784 < 392 ? 0 : (i * 7919) % 256));
  const settings = { bottleneck: 2, widths: [256, 64], noise: "gaussian", level: 0, rate: 0.05, batch: 64, seed: 1 };
  const trainer = new Trainer(settings, pictures);
  const losses = Array.from({ length: 30 }, () => trainer.step());
  assert.deepEqual(
    losses.filter((loss) => !Number.isFinite(loss)),
    [],
  );
  const weights = trainer.weights().flatMap(({ weight, bias }) => [...weight, ...bias]);
  assert.ok(weights.every(Number.isFinite));
});
