// @ts-check
/* The report's charts, and its tables as CSV. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toCsv } from "../../autoencoder/web/static/js/lib/csv.js";
import { layoutOf, tracesOf } from "../../autoencoder/web/static/js/report/charts.js";

const look = { ink: "#000", grid: "#ccc", font: "serif" };

test("cells with separators or quotes are quoted as RFC 4180 says", () => {
  const rows = [
    ["a", "b,c"],
    ['say "so"', "two\nlines"],
  ];
  assert.equal(toCsv(rows), 'a,"b,c"\r\n"say ""so""","two\nlines"\r\n');
});

test("a line with intervals lies over their band, in its colour", () => {
  const series = /** @type {const} */ ({ name: "one", style: "line", colour: 1 });
  const chart = { x: "level", y: "MSE", log: [], ticks: [] };
  const [band, line] = tracesOf({ ...chart, series: [{ ...series, x: [0, 1], y: [2, 3], low: [1, 2], high: [3, 4] }] });
  assert.deepEqual(
    [band?.x, band?.y],
    [
      [0, 1, 1, 0],
      [3, 4, 2, 1],
    ],
  );
  assert.deepEqual(
    [line?.x, line?.y],
    [
      [0, 1],
      [2, 3],
    ],
  );
  assert.ok(line && "line" in line && band?.fillcolor?.startsWith(line.line.color));
  assert.equal(tracesOf({ ...chart, series: [{ ...series, x: [0], y: [2], low: [], high: [] }] }).length, 1);
});

test("only axes that are named are logarithmic, and given ticks are used", () => {
  const { xaxis, yaxis } = layoutOf({ x: "width", y: "MSE", series: [], log: ["x"], ticks: [2, 4] }, look);
  assert.deepEqual([xaxis.type, yaxis.type], ["log", "linear"]);
  assert.deepEqual(xaxis.tickvals, [2, 4]);
});
