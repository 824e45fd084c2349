// @ts-check
/* Plotly, fetched from this server when it is first needed. */
import { make } from "../lib/dom.js";
import { assetUrl } from "../lib/studio.js";

/** Options of every chart: nothing is sent to Plotly's own servers. */
export const PRIVATE = { displaylogo: false, showSendToCloud: false, plotlyServerURL: "" };

/** @type {Promise<any> | null} Plotly carries no types of its own */
let plotly = null;

/** Load Plotly, once. */
export function loadPlotly() {
  plotly ??= new Promise((resolve, reject) => {
    const script = make("script", { src: assetUrl("plotly.min.js") });
    script.onload = () => resolve(Reflect.get(window, "Plotly"));
    script.onerror = () => {
      plotly = null;
      reject(new Error("What draws the charts could not be fetched. Reload the page to try again."));
    };
    document.head.append(script);
  });
  return plotly;
}
