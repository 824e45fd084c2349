// @ts-check
/* Views as addresses. */

/**
 * An address with a view in its query; what else the query holds stays.
 * @param {string} address
 * @param {Record<string, string | number | null>} view null for what the query must not hold
 * @returns {URL}
 */
export function withView(address, view) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(view)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * Numbers as one text of a query.
 * @param {readonly number[]} numbers
 */
export function packNumbers(numbers) {
  return numbers.map((value) => Number(value.toPrecision(6))).join("_");
}

/**
 * The numbers of such a text; none if one of them is none, or out of bounds.
 * @param {URLSearchParams} query
 * @param {string} name
 * @param {number} low
 * @param {number} high
 */
export function numbersIn(query, name, low, high) {
  const parts = query.get(name)?.split("_") ?? [];
  const numbers = parts.map((part) => numberIn(new URLSearchParams({ part }), "part", low, high));
  return numbers.includes(null) ? [] : /** @type {number[]} */ (numbers);
}

/**
 * A number of a query, or null if it is none or out of bounds.
 * @param {URLSearchParams} query
 * @param {string} name
 * @param {number} low
 * @param {number} high
 */
export function numberIn(query, name, low, high) {
  const text = query.get(name)?.trim();
  const value = Number(text);
  return text && Number.isFinite(value) && value >= low && value <= high ? value : null;
}

/**
 * The same, for whole numbers.
 * @param {URLSearchParams} query
 * @param {string} name
 * @param {number} low
 * @param {number} high
 */
export function integerIn(query, name, low, high) {
  const value = numberIn(query, name, low, high);
  return Number.isInteger(value) ? value : null;
}
