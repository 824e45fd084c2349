// @ts-check
/* What Plotly is told to draw of the report's charts. */

/**
 * @typedef {object} Series
 * @property {string} name
 * @property {number[]} x
 * @property {number[]} y
 * @property {"line" | "dashed" | "marks" | "crosses"} style
 * @property {number} colour index of its colour in the chart
 * @property {number[]} low lower ends of the 95 % intervals, if there are any
 * @property {number[]} high
 */
/**
 * @typedef {object} Chart
 * @property {string} x title of the axis
 * @property {string} y
 * @property {Series[]} series
 * @property {("x" | "y")[]} log axes that are logarithmic
 * @property {number[]} ticks places of the ticks of x; Plotly's choice if there are none
 */
/**
 * Colours of the page at this moment.
 * @typedef {object} Look
 * @property {string} ink
 * @property {string} grid
 * @property {string} font
 */

// After Okabe and Ito: told apart by the colour-blind, in light and dark alike.
const COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c8c8c", "#b8a000"];
const MODES = { line: "lines", dashed: "lines", marks: "markers", crosses: "markers" };

const LOG_TICKS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2];

/** @param {Chart} chart */
export function tracesOf(chart) {
  return chart.series.flatMap((each) => [...bandOf(each), traceOf(each)]);
}

/** @param {Series} series */
function traceOf({ name, x, y, style, colour }) {
  const color = colourOf(colour);
  return {
    type: "scatter",
    mode: MODES[style],
    name,
    x,
    y,
    line: { color, width: 2.5, dash: style === "dashed" ? "dash" : "solid" },
    marker: {
      color,
      size: style === "crosses" ? 8 : 12,
      symbol: style === "crosses" ? "x-thin" : "circle",
      line: { color, width: 2 },
    },
    hovertemplate: `${style === "line" || style === "dashed" ? "%{x}: " : "MSE %{x:.4f}, "}%{y:.4~g}`,
  };
}

/** The 95 % intervals as a band under the line. @param {Series} series */
function bandOf({ x, low, high, colour }) {
  if (!low.length) return [];
  const fillcolor = `${colourOf(colour)}33`;
  const outline = { x: [...x, ...[...x].reverse()], y: [...high, ...[...low].reverse()] };
  return [
    {
      type: "scatter",
      mode: "lines",
      ...outline,
      fill: "toself",
      fillcolor,
      line: { width: 0 },
      hoverinfo: "skip",
      showlegend: false,
    },
  ];
}

/** @param {number} index */
function colourOf(index) {
  return /** @type {string} */ (COLOURS[index % COLOURS.length]);
}

/**
 * @param {Chart} chart
 * @param {Look} look
 */
export function layoutOf(chart, look) {
  const axis = (/** @type {"x" | "y"} */ name) => ({
    title: { text: chart[name], standoff: 8 },
    type: chart.log.includes(name) ? "log" : "linear",
    gridcolor: look.grid,
    linecolor: look.grid,
    zeroline: false,
    automargin: true,
    fixedrange: true, // a finger scrolls the page
    ...(chart.log.includes(name) ? ticksAt(LOG_TICKS) : {}),
  });
  return {
    autosize: true,
    margin: { l: 8, r: 8, t: 8, b: 8 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: look.font, size: 12.5, color: look.ink },
    hoverlabel: { font: { family: look.font } },
    legend: { orientation: "h", yanchor: "bottom", y: 1.02, x: 0 },
    dragmode: false,
    xaxis: { ...axis("x"), ...(chart.ticks.length ? ticksAt(chart.ticks) : {}) },
    yaxis: axis("y"),
  };
}

/** @param {number[]} places */
function ticksAt(places) {
  return { tickvals: places, ticktext: places.map(String) };
}
