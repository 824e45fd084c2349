// @ts-check
/* The Latent space tab: the explorer, as the page's address has it. */
import { keepInAddress } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { studio } from "../lib/studio.js";
import { Explorer } from "./explorer.js";
import { setControls, viewFromLink, viewOf } from "./link.js";

/**
 * Fill the tab.
 * @param {HTMLElement} root
 */
export async function start(root) {
  await studio.ready();
  const explorer = new Explorer(find(root, ".lm", HTMLElement));
  const view = viewFromLink();
  setControls(explorer, view);
  const { mapModel } = studio.state; // chosen elsewhere meanwhile: the link's places are of another model's plane
  explorer.open(mapModel ?? view.model, mapModel ? undefined : view);
  keepInAddress(() => viewOf(explorer));
  Object.assign(studio, { map: explorer }); // for tests and benchmarks
}
