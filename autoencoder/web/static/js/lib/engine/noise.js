// @ts-check
/* Noise from a counter: the same numbers as autoencoder/threefry.py draws, the same pictures as noise.py makes of them. */

/** @typedef {[number, number]} Words two of 32 bits */

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
];
const PARITY = 0x1bd11bda;
const UNIT = 2 ** -24;
const { fround } = Math; // each step is rounded as float32 rounds it

/**
 * Threefry-2x32 with 20 rounds (Salmon et al., 2011): the two words of a counter under a key.
 * @param {Words} key
 * @param {Words} counter
 * @returns {Words}
 */
export function threefry2x32([a, b], [first, second]) {
  const schedule = [a, b, a ^ b ^ PARITY];
  let [x, y] = [(first + a) | 0, (second + b) | 0];
  for (let group = 0; group < 5; group += 1) {
    for (const rotation of ROTATIONS[group % 2]) {
      x = (x + y) | 0;
      y = ((y << rotation) | (y >>> (32 - rotation))) ^ x;
    }
    x = (x + schedule[(group + 1) % 3]) | 0;
    y = (y + schedule[(group + 2) % 3] + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** Draws uniform and normal numbers; two of one seed draw the same. */
export class Threefry {
  /** @param {number} seed in [0, 2^32) */
  constructor(seed) {
    this.seed = seed;
    this.draws = 0;
  }

  /** Numbers in [0, 1), multiples of 2^-24. @param {number} count */
  uniform(count) {
    const numbers = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const words = threefry2x32([this.seed, this.draws], [i / 2, 0]);
      numbers.set(
        words.slice(0, count - i).map((word) => (word >>> 8) * UNIT),
        i,
      );
    }
    this.draws += 1;
    return numbers;
  }

  /** Numbers from N(0, 1), in pairs by Box and Muller's method. @param {number} count */
  normal(count) {
    const units = this.uniform(count + (count % 2));
    const numbers = new Float32Array(units.length);
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(units[i] + UNIT));
      const angle = 2 * Math.PI * units[i + 1];
      numbers[i] = radius * Math.cos(angle);
      numbers[i + 1] = radius * Math.sin(angle);
    }
    return numbers.subarray(0, count);
  }
}

/** @param {number} value */
function clip(value) {
  return Math.min(1, Math.max(0, value));
}

/** @typedef {(x: number, level: number, i: number) => number} Corruption of pixel `i` */
/** @type {Record<string, (random: Pick<Threefry, "normal" | "uniform">, count: number) => Corruption>} */
const CORRUPTIONS = {
  gaussian: (random, count) => {
    const noise = random.normal(count);
    return (x, level, i) => clip(fround(fround(level * noise[i]) + x));
  },
  speckle: (random, count) => {
    const noise = random.normal(count);
    return (x, level, i) => clip(fround(fround(fround(level * noise[i]) * x) + x));
  },
  masking: (random, count) => {
    const chance = random.uniform(count);
    return (x, level, i) => (chance[i] < level ? 0 : x);
  },
  salt_pepper: (random, count) => {
    const [chance, colour] = [random.uniform(count), random.uniform(count)];
    return (x, level, i) => (chance[i] < level ? Number(colour[i] < 0.5) : x);
  },
};

/**
 * One picture at several strengths of the same noise, a row of pixels each.
 * @param {Float32Array} image in [0, 1]
 * @param {string} kind
 * @param {readonly number[]} levels in [0, 1]
 * @param {Pick<Threefry, "normal" | "uniform">} random
 */
export function corrupt(image, kind, levels, random) {
  if (!(kind in CORRUPTIONS)) throw new Error(`There is no noise ${kind}.`);
  const corruption = CORRUPTIONS[kind](random, image.length);
  const noisy = new Float32Array(image.length * levels.length);
  levels.forEach((level, row) => {
    const [strength, start] = [fround(level), row * image.length];
    for (let i = 0; i < image.length; i += 1) noisy[start + i] = corruption(image[i], strength, i);
  });
  return noisy;
}
