// @ts-check
/* The logistic function, whose slope stays a finite number for every input. */
import { nn, numpy as np } from "../../../vendor/jax.js";

const LARGEST = 80; // exp(89) overflows float32, and jax-js makes NaN of the slope there

/** @param {import("../../../vendor/jax.js").Array} x consumed */
export function sigmoid(x) {
  return nn.sigmoid(np.clip(x, -LARGEST, LARGEST));
}
