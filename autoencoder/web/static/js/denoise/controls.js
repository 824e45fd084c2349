// @ts-check
/* The controls, tied to the state both ways. */
import { find, make } from "../lib/dom.js";
import { nearestLevel } from "../lib/levels.js";
import { studio } from "../lib/studio.js";

/**
 * Tie all controls of the tab to the state.
 * @param {HTMLElement} root
 * @param {(sentence: string) => void} onSeedError told what is wrong with the seed, or "" when nothing is
 */
export function bindControls(root, onSeedError) {
  offerModels(find(root, "#model div", HTMLElement));
  bindRadio(find(root, "#noise-kind", HTMLFieldSetElement), "noise");
  bindRadio(find(root, "#model", HTMLFieldSetElement), "model");
  bindSeed(find(root, "#noise-seed", HTMLElement), onSeedError);
  bindLevel(find(root, "#noise-level", HTMLElement));
}

/** A radio button a model. @param {HTMLElement} host */
function offerModels(host) {
  const labels = studio.models
    .filter((model) => !model.isLocal)
    .map(({ name, description }) =>
      make("label", {}, make("input", { type: "radio", name: "model", value: name }), make("span", {}, description)),
    );
  host.replaceChildren(...labels);
}

/**
 * A group of radio buttons whose values are those of a key of the state.
 * @param {HTMLFieldSetElement} host
 * @param {"noise" | "model"} key
 */
function bindRadio(host, key) {
  const inputs = [...host.querySelectorAll("input")];
  for (const input of inputs) input.addEventListener("change", () => studio.set({ [key]: input.value }));
  const show = () => {
    for (const input of inputs) input.checked = input.value === studio.state[key];
  };
  studio.subscribe([key], show);
  show();
}

/** The slider, its number and the mark below. @param {HTMLElement} host */
function bindLevel(host) {
  const { limits } = studio;
  const range = find(host, "input[type=range]", HTMLInputElement);
  const number = find(host, "input[type=number]", HTMLInputElement);
  const show = () => {
    const { level } = studio.state;
    range.value = String(level);
    range.style.setProperty("--filled", String(level / limits.max_level));
    range.setAttribute("aria-valuetext", `noise level ${level.toFixed(2)}`);
    if (document.activeElement !== number) number.value = String(level); // not under the typing hand
  };
  for (const input of [range, number]) {
    input.addEventListener("input", () => {
      if (input.value !== "") studio.set({ level: nearestLevel(Number(input.value), limits) });
    });
  }
  // Left, the number shows what counts: it may have been emptied, or hold more than it can mean.
  number.addEventListener("blur", () => {
    number.value = String(studio.state.level);
  });
  const mark = find(host, ".reference-level", HTMLButtonElement);
  mark.addEventListener("click", () => studio.set({ level: limits.reference_level }));
  studio.subscribe(["level"], show);
  show();
}

/**
 * The seed's number and the button that draws another.
 * @param {HTMLElement} host
 * @param {(sentence: string) => void} onError
 */
function bindSeed(host, onError) {
  const { max_seed: most } = studio.limits;
  const input = find(host, "input", HTMLInputElement);
  const show = () => {
    onError("");
    input.setAttribute("aria-invalid", "false");
    if (input.value !== String(studio.state.seed)) input.value = String(studio.state.seed);
  };
  input.addEventListener("input", () => {
    const seed = Number(input.value);
    const valid = input.value !== "" && Number.isInteger(seed) && seed >= 0 && seed <= most;
    input.setAttribute("aria-invalid", String(!valid));
    onError(valid ? "" : `The pattern must be a whole number between 0 and ${most}.`);
    if (valid) studio.set({ seed });
  });
  input.addEventListener("blur", show);
  find(host, ".reroll", HTMLButtonElement).addEventListener("click", () => {
    studio.set({ seed: Math.floor(Math.random() * 10_000) });
  });
  studio.subscribe(["seed"], show);
  show();
}
