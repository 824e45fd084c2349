// @ts-check
/* The header: what could not be loaded is said under it. */
import { find, make } from "../lib/dom.js";
import { studio } from "../lib/studio.js";

/** @param {HTMLElement} root */
export async function start(root) {
  await studio.ready().catch(() => {}); // the tab says so
  if (!studio.missing?.length) return;
  const sentences = studio.missing.map((sentence) => make("p", { textContent: sentence }));
  const notice = make("div", { id: "missing-models", role: "note", ariaLabel: "What is missing" }, ...sentences);
  find(root, "header", HTMLElement).after(notice);
}
