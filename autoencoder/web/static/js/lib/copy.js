// @ts-check
/* Copying a link. */
import { flash } from "./dom.js";
import { studio } from "./studio.js";

/**
 * Copy an address, and tell by the pressed button what became of it.
 * @param {URL} url
 * @param {HTMLButtonElement} button
 */
export async function copyLink(url, button) {
  history.replaceState(null, "", url); // the address bar serves where the clipboard is refused
  try {
    await navigator.clipboard.writeText(url.href);
    studio.say("Link copied.");
    flash(button, "Copied");
  } catch {
    studio.say("The link is in the address bar.");
    flash(button, "See address bar");
  }
}
