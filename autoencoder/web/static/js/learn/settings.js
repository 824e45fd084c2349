// @ts-check
/* The settings of the training: a form, and a link. */
import { find } from "../lib/dom.js";

/** @typedef {import("./trainer.js").Settings} Settings */

const PREFIX = "learn-"; // of their names in a link
const NAMES = ["bottleneck", "widths", "noise", "level", "rate", "batch", "count", "seed"];

export class SettingsForm {
  /**
   * @param {HTMLFormElement} form
   * @param {() => void} onChange
   */
  constructor(form, onChange) {
    this.form = form;
    this.seed = find(form, "[name=seed]", HTMLInputElement);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", onChange);
    const more = find(form, ".ln-more", HTMLButtonElement); // seen in narrow windows alone
    more.onclick = () => more.setAttribute("aria-expanded", String(more.getAttribute("aria-expanded") !== "true"));
    form.addEventListener("input", () => this.describe());
    this.describe();
  }

  /** By their names in a link; without values while they do not matter. @param {boolean} matter */
  inLink(matter) {
    return Object.fromEntries(NAMES.map((name) => [`${PREFIX}${name}`, matter ? this.texts[name] : null]));
  }

  /** As text, by name. @returns {Record<string, string>} */
  get texts() {
    return Object.fromEntries(NAMES.map((name) => [name, String(new FormData(this.form).get(name) ?? "")]));
  }

  /** @returns {Settings & {count: number}} */
  get values() {
    const { bottleneck, widths, noise, level, rate, batch, count, seed } = this.texts;
    return {
      bottleneck: Number(bottleneck),
      widths: widths ? widths.split("_").map(Number) : [],
      noise,
      level: Number(level),
      rate: Number(rate),
      batch: Number(batch),
      count: Number(count),
      seed: Number(seed),
    };
  }

  /** Take what a link says; what cannot be chosen is left as it is. @param {URLSearchParams} query */
  read(query) {
    for (const name of NAMES) {
      const value = query.get(`${PREFIX}${name}`);
      const control = this.form.elements.namedItem(name);
      if (value === null || !control) continue;
      if (control instanceof HTMLSelectElement) {
        if ([...control.options].some((option) => option.value === value)) control.value = value;
      } else if (control instanceof RadioNodeList) {
        if ([...control].some((one) => one instanceof HTMLInputElement && one.value === value)) control.value = value;
      } else if (control instanceof HTMLInputElement && value.trim() && Number.isFinite(Number(value))) {
        control.value = String(Number(value)); // the slider keeps to its own bounds and steps
      }
    }
    this.describe();
  }

  describe() {
    const { level } = this.values;
    find(this.form, "output", HTMLOutputElement).textContent = level ? level.toFixed(2) : "0: clean pictures";
  }
}
