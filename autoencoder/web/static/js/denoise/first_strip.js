// @ts-check
/* The strip that the Denoise tab opens with, asked for before Gradio has laid out the tabs. */
import { firstSample, sampleState, studio } from "../lib/studio.js";
import { fetchAhead } from "../lib/strips.js";
import { stateFromLink } from "./link.js";

async function askAhead() {
  await studio.ready();
  const { query } = studio;
  if ((query.get("tab") ?? "denoise") !== "denoise" || studio.state.image) return;
  // A picture in the address is decoded anew by the tab, which would not know the answer for its own; a tour sets its own state.
  if (query.has("image") || query.has("tour")) return;
  const { model, image, noise, seed } = { ...studio.state, ...sampleState(firstSample()), ...stateFromLink() };
  if (image) fetchAhead({ model, image, noise, seed });
}

askAhead(); // at once, as the configuration is
