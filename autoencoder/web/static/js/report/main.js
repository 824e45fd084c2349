// @ts-check
/* The Report tab: made by the server, fetched when the tab is first opened. */
import { find, make } from "../lib/dom.js";
import { sentenceOf, studio } from "../lib/studio.js";

/** @param {HTMLElement} root */
export async function start(root) {
  const report = find(root, "#report", HTMLElement);
  try {
    await studio.ready();
    report.innerHTML = await studio.text("live/report");
  } catch (error) {
    report.replaceChildren(make("p", { role: "alert", textContent: sentenceOf(error) }));
  }
  report.setAttribute("aria-busy", "false");
}
