// @ts-check
/* Views as addresses. */

/**
 * An address that leads to a view: the page's own, with the view in its query. What else the query held goes,
 * except the theme.
 * @param {string} address
 * @param {Record<string, string | number>} view
 * @returns {URL}
 */
export function linkTo(address, view) {
  const url = new URL(address);
  for (const key of [...url.searchParams.keys()]) if (key !== "__theme") url.searchParams.delete(key);
  for (const [key, value] of Object.entries(view)) url.searchParams.set(key, String(value));
  return url;
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
