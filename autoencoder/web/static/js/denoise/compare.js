/* Every model's reconstruction of the same noisy picture, side by side. */

class Compare {
  /** @param strips gives each model's strip, once it is there */
  constructor(root, strips) {
    this.strips = strips;
    this.cards = studio.models.map((model) => this.card(model));
    root.replaceChildren(...this.cards.map((card) => card.button));
  }

  card({ name, latent_dim }) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.model = name;
    button.innerHTML = `<canvas width="28" height="28" aria-hidden="true"></canvas><span><b></b><small></small><em></em></span>`;
    button.querySelector("b").textContent = name;
    button.querySelector("small").textContent = `through ${latent_dim} numbers`;
    button.addEventListener("click", () => studio.set({ model: name }));
    return { name, button, canvas: button.querySelector("canvas"), score: button.querySelector("em") };
  }

  paint() {
    const { model, level } = studio.state;
    const errors = this.cards.map(({ name }) => {
      const strip = this.strips.get(name);
      return strip ? strip.scores.mse[rowNow(strip)] : Infinity;
    });
    const least = Math.min(...errors);
    this.cards.forEach(({ name, button, canvas, score }, i) => {
      const strip = this.strips.get(name);
      button.setAttribute("aria-pressed", String(name === model));
      button.classList.toggle("wins", Boolean(strip) && errors[i] === least && errors.length > 1);
      if (!strip) return; // its old picture stays until the new one has come
      studio.drawGrey(canvas, strip.reconstruction, rowNow(strip) * 784);
      score.textContent = `MSE ${errors[i].toFixed(4)}`;
      button.setAttribute("aria-label", `Model ${name}: MSE ${errors[i].toFixed(4)} at noise ${level.toFixed(2)}. Show it above.`);
    });
  }
}
