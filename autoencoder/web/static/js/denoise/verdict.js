// @ts-check
/* The outcome in words. */

/**
 * Which is nearer to the original, in words.
 * @param {number} noisy mean squared error of the noisy picture
 * @param {number} ours that of the reconstruction
 */
export function verdict(noisy, ours) {
  const times = Math.max(noisy, ours) / Math.max(1e-9, Math.min(noisy, ours));
  if (times < 1.05) return "By its squared error, the reconstruction is as near to the original as the noisy input.";
  const share = times > 20 ? "far" : `${times.toFixed(1)} times`;
  return ours < noisy
    ? `The reconstruction is nearer to the original: its squared error is ${share} smaller than the noisy input’s.`
    : "The noisy input is nearer to the original: squeezing it through the bottleneck loses more than this noise " +
        `does (${share} the squared error).`;
}
