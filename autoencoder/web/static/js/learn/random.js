// @ts-check
/* Random numbers for training: many, so drawn once and used again from other places. */
import { Threefry } from "../lib/engine/noise.js";

const SIZE = 2 ** 18;

/** Draws as Threefry does, from a store of numbers at places that chance picks: fifty thousand a batch are asked for. */
export class NoisePool {
  /** @param {number} seed */
  constructor(seed) {
    this.random = new Threefry(seed);
    /** @type {Record<string, Float32Array>} */
    this.stores = {};
  }

  /** @param {number} count */
  uniform(count) {
    return this.part("uniform", count);
  }

  /** @param {number} count */
  normal(count) {
    return this.part("normal", count);
  }

  /**
   * @param {"uniform" | "normal"} kind
   * @param {number} count
   */
  part(kind, count) {
    const store = (this.stores[kind] ??= this.random[kind](SIZE));
    const numbers = new Float32Array(count);
    for (let filled = 0; filled < count; filled += 784) {
      const start = Math.floor(this.random.uniform(1)[0] * (SIZE - 784));
      numbers.set(store.subarray(start, start + Math.min(784, count - filled)), filled);
    }
    return numbers;
  }
}

/**
 * Some of many things, in an order that means nothing.
 * @template T
 * @param {readonly T[]} things
 * @param {number} most
 */
export function someOf(things, most) {
  return Array.from(shuffled(things.length, new Threefry(0)).subarray(0, most), (i) => things[i]);
}

/**
 * The numbers from 0 to below a count, shuffled (Fisher and Yates).
 * @param {number} count
 * @param {{uniform: (count: number) => Float32Array}} random
 */
export function shuffled(count, random) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const chance = random.uniform(count);
  for (let i = count - 1; i > 0; i -= 1) {
    const other = Math.floor(chance[i] * (i + 1));
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}
