/* The sample garments: a radio group of thumbnails. */

class Samples {
  constructor(root) {
    this.root = root;
    this.buttons = studio.samples.map((sample, i) => this.button(sample, i));
    root.replaceChildren(...this.buttons);
    root.addEventListener("keydown", (event) => this.key(event));
    studio.subscribe(["image"], () => this.mark());
    this.mark();
  }

  button(sample, i) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "radio");
    button.dataset.sample = i;
    button.innerHTML = `<canvas width="28" height="28" aria-hidden="true"></canvas><span></span>`;
    button.querySelector("span").textContent = studio.classes[i].name;
    studio.drawGrey(button.querySelector("canvas"), sample.image);
    button.addEventListener("click", () => this.choose(i));
    return button;
  }

  choose(i) {
    const { image } = studio.samples[i];
    studio.set({ image, imageLabel: studio.classes[i].name, source: "sample" });
  }

  /** Number of the sample that is the picture of now, else -1. */
  static chosen() {
    return studio.samples.findIndex((sample) => sample.image === studio.state.image);
  }

  mark() {
    const chosen = Samples.chosen();
    this.buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", String(i === chosen));
      button.tabIndex = i === Math.max(chosen, 0) ? 0 : -1;
    });
  }

  key(event) {
    const count = this.buttons.length;
    const from = this.buttons.indexOf(document.activeElement);
    const to = {
      ArrowRight: from + 1, ArrowDown: from + 1, ArrowLeft: from - 1, ArrowUp: from - 1, Home: 0, End: count - 1,
    }[event.key];
    if (from < 0 || to === undefined) return;
    event.preventDefault();
    const next = (to + count) % count;
    this.choose(next);
    this.buttons[next].focus();
  }
}
