// @ts-check
/* Tables as files. */

/**
 * Rows of cells as comma-separated values (RFC 4180).
 * @param {string[][]} rows
 */
export function toCsv(rows) {
  return rows.map((row) => row.map(quoted).join(",") + "\r\n").join("");
}

/** @param {string} cell */
function quoted(cell) {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** The texts of a table's cells, head first. @param {HTMLTableElement} table */
export function rowsOf(table) {
  return [...table.rows].map((row) =>
    [...row.cells].map((cell) => (cell.textContent ?? "").replace(/\s+/g, " ").trim()),
  );
}
