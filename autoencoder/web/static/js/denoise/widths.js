// @ts-check
/* Widths of the bottleneck, and what a comparison at one of them comes to, in words. */

const ALIKE = 0.05; // errors that differ by less, as a share, are called alike

/** The widths whose networks there are, rising. @param {readonly string[]} assets names */
export function widthsOf(assets) {
  return assets
    .map((name) => Number(/^sweep\/(\d+)\.safetensors$/.exec(name)?.[1]))
    .filter((width) => width > 0)
    .sort((a, b) => a - b);
}

/**
 * @param {number} width
 * @param {number} network its error
 * @param {number} pca its error
 */
export function wordsFor(width, network, pca) {
  const share = Math.round(784 / width);
  const room = `one number for every ${share} pixels`;
  const less = Math.round(100 * (1 - network / pca));
  if (Math.abs(network - pca) <= ALIKE * Math.max(network, pca))
    return `${room}; the autoencoder and PCA do equally well.`;
  if (network < pca) return `${room}; the autoencoder’s error is ${less} % smaller than PCA’s.`;
  return `${room}; PCA’s error is ${Math.round(100 * (1 - pca / network))} % smaller than the autoencoder’s.`;
}
