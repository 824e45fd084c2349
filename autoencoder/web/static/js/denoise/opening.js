// @ts-check
/* The strip that the Denoise tab opens with, asked for before Gradio has laid out the tabs. */
import { studio } from "../lib/studio.js";
import { fetchAhead } from "../lib/strips.js";
import { stateFromLink } from "./link.js";
import { firstSample } from "./samples.js";

const OTHER_TABS = ["latent", "learn", "report"];

async function askAhead() {
  await studio.ready();
  const { query } = studio;
  // A picture in the address is decoded anew by the tab: it would not know the answer for its own.
  if (OTHER_TABS.includes(query.get("tab") ?? "") || query.has("image")) return;
  const { model, image, noise, seed } = { ...studio.state, ...firstSample(), ...stateFromLink() };
  if (image) fetchAhead({ model, image, noise, seed });
}

askAhead(); // at once, as the configuration is
