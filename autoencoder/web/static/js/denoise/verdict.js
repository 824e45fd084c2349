// @ts-check
/* Says in words whether the reconstruction or the noisy picture is nearer to the original. */

const SHARES = [
  "",
  "",
  "half",
  "a third",
  "a quarter",
  "a fifth",
  "a sixth",
  "a seventh",
  "an eighth",
  "a ninth",
  "a tenth",
];

/**
 * Which is nearer to the original, in words.
 * @param {number} noisy mean squared error of the noisy picture
 * @param {number} ours that of the reconstruction
 */
export function verdict(noisy, ours) {
  if (!noisy)
    return "No pixel is noisy: the input is the original itself, and the bottleneck loses some of the detail.";
  const times = Math.max(noisy, ours) / Math.max(1e-9, Math.min(noisy, ours));
  if (times < 1.05) return "By its squared error, the reconstruction is as near to the original as the noisy input.";
  if (ours > noisy) {
    const more = times > 20 ? "far more than" : `${times.toFixed(1)} times`;
    return `The noisy input is nearer to the original: the bottleneck loses more than this noise does (${more} its error).`;
  }
  return `The reconstruction is nearer to the original: it has ${share(times)} the noisy input’s squared error.`;
}

/** One part of so many, in words. @param {number} times */
function share(times) {
  if (times < 1.75) return `${Math.round(100 / times)} % of`;
  const words = SHARES[Math.round(times)];
  if (!words) return "less than a tenth of";
  return `about ${words}${words === "half" ? "" : " of"}`;
}
