// @ts-check
/* Networks of several bottlenecks, and PCA of the same widths, as autoencoder/weights/sweep_networks.py wrote them. */
import { PIXELS } from "../pixels.js";
import { buildNetwork } from "./network.js";
import { readSafetensors } from "./safetensors.js";

/** @typedef {(picture: Float32Array) => Float32Array} Squeeze a picture of 784 numbers through a bottleneck and back */

/** The network in a file. @param {ArrayBuffer} file @returns {Squeeze} */
export function networkOf(file) {
  const network = buildNetwork(readSafetensors(file).tensors);
  return (picture) => network.decode(network.encode(picture));
}

/**
 * PCA by the leading components in a file.
 * @param {ArrayBuffer} file
 * @returns {(width: number) => Squeeze}
 */
export function pcaOf(file) {
  const { mean, components } = readSafetensors(file).tensors;
  return (width) => (picture) => {
    const found = Float32Array.from(mean.data);
    for (let row = 0; row < width; row += 1) {
      const component = components.data.subarray(row * PIXELS, (row + 1) * PIXELS);
      const along = component.reduce((sum, weight, i) => sum + weight * (picture[i] - mean.data[i]), 0);
      for (let i = 0; i < PIXELS; i += 1) found[i] += along * component[i];
    }
    return found.map((x) => Math.min(1, Math.max(0, x)));
  };
}
