// @ts-check
/* Every model's reconstruction of the same noisy picture, side by side. */
import { find, make, thumbnail } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { rowOf } from "../lib/levels.js";
import { PIXELS, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";

export class Comparison {
  /**
   * @param {HTMLElement} stage
   * @param {import("./strips.js").Strips} strips gives each model's strip, once it is there
   */
  constructor(stage, strips) {
    this.strips = strips;
    this.cards = studio.models.filter((model) => !model.isLocal).map((model) => this.card(model));
    find(stage, ".compare-row", HTMLElement).replaceChildren(...this.cards.map((card) => card.button));
  }

  /** @param {import("../lib/studio.js").Model} model */
  card({ name, description }) {
    const [canvas, score] = [thumbnail(), make("em")];
    const words = make(
      "span",
      {},
      make("small", { textContent: "trained on" }),
      make("b", { textContent: description }),
    );
    const choose = () => studio.set({ model: name });
    const button = make("button", { type: "button", onclick: choose }, canvas, words, score);
    button.dataset.model = name;
    return { name, description, button, canvas, score };
  }

  paint() {
    const { model, level } = studio.state;
    const errors = this.cards.map(({ name }) => {
      const strip = this.strips.get(name);
      return strip?.scores.mse[rowOf(strip.levels, level)] ?? Infinity;
    });
    const least = errors.includes(Infinity) ? NaN : Math.min(...errors); // the best is known once all have come
    this.cards.forEach(({ name, description, button, canvas, score }, i) => {
      const strip = this.strips.get(name);
      button.setAttribute("aria-pressed", String(name === model));
      button.classList.toggle("wins", errors[i] === least && errors.length > 1);
      button.setAttribute("aria-busy", String(!strip)); // its old picture stays, dimmed, until the new one has come
      if (!strip) return;
      const error = signed(errors[i], 4);
      drawGrey(canvas, strip.reconstruction, rowOf(strip.levels, level) * PIXELS);
      score.textContent = `MSE ${error}`;
      button.setAttribute(
        "aria-label",
        `Model trained on ${description}: MSE ${error} at noise ${level.toFixed(2)}. Show it above.`,
      );
    });
  }
}
