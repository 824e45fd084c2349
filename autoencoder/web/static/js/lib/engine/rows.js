// @ts-check
/* Rows of numbers in one array. */

/**
 * The rows, which share the array's memory.
 * @param {Float32Array} numbers
 * @param {number} width of a row; the last may be shorter
 */
export function rowsOf(numbers, width) {
  const count = Math.ceil(numbers.length / width);
  return Array.from({ length: count }, (_, row) => numbers.subarray(row * width, (row + 1) * width));
}

/**
 * One array of rows, whatever their widths.
 * @param {Float32Array[]} rows
 */
export function join(rows) {
  const all = new Float32Array(rows.reduce((sum, row) => sum + row.length, 0));
  rows.reduce((begin, row) => {
    all.set(row, begin);
    return begin + row.length;
  }, 0);
  return all;
}
