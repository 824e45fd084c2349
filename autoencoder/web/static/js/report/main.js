// @ts-check
/* The Report tab: made by the server, fetched when the tab is first opened. */
import { find } from "../lib/dom.js";
import { studio } from "../lib/studio.js";
import { Trouble } from "../lib/trouble.js";

/** @param {HTMLElement} root */
export async function start(root) {
  const report = find(root, "#report", HTMLElement);
  const trouble = new Trouble(find(root, "#report-error", HTMLElement), show);
  async function show() {
    try {
      report.innerHTML = await studio.text("live/report");
      trouble.clear();
      report.setAttribute("aria-busy", "false");
    } catch (error) {
      trouble.fail(error);
    }
  }
  await studio.ready();
  await show();
}
