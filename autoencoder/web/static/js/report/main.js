// @ts-check
/* The Report tab: made by the server, fetched when the tab is first opened; its charts are drawn here. */
import { rowsOf, toCsv } from "../lib/csv.js";
import { find, make } from "../lib/dom.js";
import { download } from "../lib/download.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";
import { layoutOf, tracesOf } from "./charts.js";
import { PRIVATE, loadPlotly } from "./plotly.js";

/** @param {HTMLElement} root */
export async function start(root) {
  const report = find(root, "#report", HTMLElement);
  const trouble = new Trouble(find(root, "#report-error", HTMLElement), show);
  async function show() {
    try {
      if (!report.querySelector("#report-charts")) {
        report.innerHTML = await studio.text("live/report");
        addDownloads(report);
      }
      await drawCharts(report);
      trouble.clear();
      report.setAttribute("aria-busy", "false");
    } catch (error) {
      trouble.fail(error);
    }
  }
  await studio.ready();
  await show();
}

/** A button under each table that saves it. @param {HTMLElement} report */
function addDownloads(report) {
  for (const [i, table] of report.querySelectorAll("table").entries()) {
    const button = make("button", { type: "button", className: "report-save", textContent: "Save as CSV" });
    // Without the mark at its beginning Excel misreads UTF-8.
    button.onclick = () =>
      download(`autoencoder-table-${i + 1}.csv`, new Blob(["\uFEFF", toCsv(rowsOf(table))], { type: "text/csv" }));
    table.parentElement?.after(button);
  }
}

/** @param {HTMLElement} report */
async function drawCharts(report) {
  /** @type {Record<string, import("./charts.js").Chart>} */
  const charts = JSON.parse(find(report, "#report-charts", HTMLScriptElement).textContent ?? "{}");
  const hosts = [...report.querySelectorAll("[data-chart]")];
  const plotly = await loadPlotly();
  /** What is hidden has no width to draw for: it is drawn once it is shown. @param {Element} host */
  const draw = (host) => {
    const chart = charts[host.getAttribute("data-chart") ?? ""];
    if (!chart || !host.clientWidth) return;
    const style = getComputedStyle(report);
    const look = {
      ink: style.getPropertyValue("--body-text-color").trim(),
      grid: style.getPropertyValue("--border-color-primary").trim(),
      font: style.fontFamily,
    };
    plotly.react(host, tracesOf(chart), layoutOf(chart, look), { ...PRIVATE, displayModeBar: false });
  };
  const resized = new ResizeObserver((entries) => {
    for (const { target } of entries) draw(target);
  });
  for (const host of hosts) resized.observe(host);
  const recoloured = () => hosts.forEach(draw); // dark or light
  new MutationObserver(recoloured).observe(document.body, { attributeFilter: ["class"] });
}
