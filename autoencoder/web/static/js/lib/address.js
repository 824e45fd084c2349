// @ts-check
/* The page's address: it always tells the view of now, so that a reload, a bookmark and a link lead back to it. */
import { flash } from "./dom.js";
import { withView } from "./links.js";
import { studio } from "./studio.js";

const WRITE_AFTER = 400; // ms of rest: browsers allow a hundred changes of an address in half a minute

/** @typedef {Record<string, string | number | null>} Part of a view by its names in the query; null for none */
/** @type {(() => Part)[]} */
const parts = [];
let timer = 0;

/** Tell a part of the view in the address from now on. @param {() => Part} part */
export function keepInAddress(part) {
  parts.push(part);
}

/** The address of the view of now. What nobody tells of stays as it is. @returns {URL} */
export function address() {
  return withView(location.href, Object.assign({}, ...parts.map((part) => part())));
}

/** The view has changed: tell so once it rests. */
export function viewChanged() {
  clearTimeout(timer);
  timer = window.setTimeout(writeAddress, WRITE_AFTER);
}

/** @param {"replaceState" | "pushState"} [how] */
export function writeAddress(how = "replaceState") {
  clearTimeout(timer);
  const url = address();
  if (url.href === location.href) return;
  try {
    history[how](null, "", url);
  } catch {
    timer = window.setTimeout(writeAddress, 10 * WRITE_AFTER); // there were too many changes
  }
}

/** Copy the page's address, and tell by the pressed button what became of it. @param {HTMLButtonElement} button */
export async function copyLink(button) {
  writeAddress(); // the address bar serves where the clipboard is refused
  try {
    await navigator.clipboard.writeText(address().href);
    studio.say("Link copied.");
    flash(button, "Copied");
  } catch {
    studio.say("The link is in the address bar.");
    flash(button, "See address bar");
  }
}
