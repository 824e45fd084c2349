// @ts-check
/* Connected regions of pixels, and thresholds: what autoencoder/data/garment_mask.py takes from scipy and scikit-image. */

/** @typedef {{width: number, height: number}} Size */

const BINS = 256;

/**
 * Regions of a mask whose pixels touch by an edge: each pixel's number from 1 on, 0 outside, and their sizes by number.
 * @param {Uint8Array} mask
 * @param {Size} size
 */
export function regions(mask, { width, height }) {
  const labels = new Int32Array(mask.length);
  const sizes = [0];
  const stack = new Int32Array(mask.length);
  for (let seed = 0; seed < mask.length; seed += 1) {
    if (!mask[seed] || labels[seed]) continue;
    const label = sizes.length;
    let [top, size] = [1, 0];
    stack[0] = seed;
    labels[seed] = label;
    const visit = (/** @type {number} */ pixel) => {
      if (!mask[pixel] || labels[pixel]) return;
      labels[pixel] = label;
      stack[top] = pixel;
      top += 1;
    };
    while (top) {
      top -= 1;
      const pixel = stack[top];
      size += 1;
      if (pixel % width) visit(pixel - 1);
      if ((pixel + 1) % width) visit(pixel + 1);
      if (pixel >= width) visit(pixel - width);
      if (pixel < width * (height - 1)) visit(pixel + width);
    }
    sizes.push(size);
  }
  return { labels, sizes };
}

/**
 * Pixels above `low` whose region reaches above `high`.
 * @param {Float64Array} values
 * @param {Size} size
 * @param {number} low
 * @param {number} high
 */
export function hysteresis(values, size, low, high) {
  const { labels, sizes } = regions(
    Uint8Array.from(values, (value) => Number(value > low)),
    size,
  );
  const reaches = new Uint8Array(sizes.length);
  values.forEach((value, pixel) => {
    if (value > high) reaches[labels[pixel]] = 1;
  });
  return Uint8Array.from(labels, (label) => (label ? reaches[label] : 0));
}

/**
 * Regions of a share of the largest or more, with their holes up to another share of it filled.
 * @param {Uint8Array} mask
 * @param {Size} size
 * @param {{least: number, hole: number}} shares
 */
export function solid(mask, size, { least, hole }) {
  const { labels, sizes } = regions(mask, size);
  const largest = Math.max(...sizes);
  if (!largest) return mask;
  const kept = Uint8Array.from(labels, (label) => Number(label > 0 && sizes[label] >= least * largest));
  const ground = regions(
    kept.map((on) => 1 - on),
    size,
  );
  const isOpen = new Uint8Array(ground.sizes.length); // reaches the border, so it is no hole
  const { width, height } = size;
  ground.labels.forEach((label, pixel) => {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    if (!x || !y || x === width - 1 || y === height - 1) isOpen[label] = 1;
  });
  return kept.map((on, pixel) => {
    const label = ground.labels[pixel];
    return on || Number(!isOpen[label] && ground.sizes[label] <= hole * largest);
  });
}

/** The threshold of greatest variance between what lies above and below (Otsu, 1979). @param {Float64Array} values */
export function otsu(values) {
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
  const counts = new Float64Array(BINS);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor(((value - low) / (high - low)) * BINS))] += 1;
  const centre = (/** @type {number} */ bin) => low + ((bin + 0.5) / BINS) * (high - low);
  const total = counts.reduce((sum, count, bin) => sum + count * centre(bin), 0);
  let [weight, sum, most, best] = [0, 0, -1, 0];
  for (let bin = 0; bin < BINS - 1; bin += 1) {
    weight += counts[bin];
    sum += counts[bin] * centre(bin);
    const rest = values.length - weight;
    const variance = weight * rest * (sum / weight - (total - sum) / rest) ** 2;
    if (variance > most) [most, best] = [variance, bin];
  }
  return centre(best);
}

/**
 * A percentile, interpolated between the values around it.
 * @param {ArrayLike<number>} values
 * @param {number} percent
 */
export function percentile(values, percent) {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const below = Math.floor(at);
  return sorted[below] + (at - below) * ((sorted[below + 1] ?? sorted[below]) - sorted[below]);
}
