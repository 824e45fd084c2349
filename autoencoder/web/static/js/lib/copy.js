// @ts-check
/* Copying a link. */
import { address, writeAddress } from "./address.js";
import { flash } from "./dom.js";
import { studio } from "./studio.js";

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
