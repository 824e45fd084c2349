// @ts-check
/* The footer: which weights answer. */
import { find, make } from "../lib/dom.js";
import { studio } from "../lib/studio.js";
import { bindEngine } from "./engine_switch.js";

/** @param {HTMLElement} root */
export async function start(root) {
  await studio.ready();
  const parts = studio.models.flatMap(({ name, checksum, trained }, i) => [
    i ? ", " : "Weights that answer: ",
    make("b", { textContent: name }),
    " ",
    make("code", { textContent: checksum.slice(0, 8) }),
    ` (${trained})`,
  ]);
  find(root, "#weights", HTMLElement).replaceChildren(...parts, ".");
  bindEngine(find(root, "#where", HTMLElement));
}
