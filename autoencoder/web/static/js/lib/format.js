// @ts-check
/* Numbers as people read them. */

/**
 * A number with a true minus sign, and no minus before a zero.
 * @param {number} value
 * @param {number} [digits] decimals
 */
export function signed(value, digits = 2) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}
