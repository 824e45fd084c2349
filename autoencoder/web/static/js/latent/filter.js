/* The legend: a chip a class, that shows or hides it. */

class ClassFilter {
  /** @param host element to fill
   *  @param onChange called with the ten flags */
  constructor(host, onChange) {
    this.shown = new Array(studio.classes.length).fill(true);
    this.onChange = onChange;
    this.chips = studio.classes.map((one, label) => this.chip(one, label));
    host.append(...this.chips);
  }

  chip({ name, colour }, label) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "lm-chip";
    chip.style.setProperty("--swatch", colour);
    chip.innerHTML = `<i aria-hidden="true"></i>`;
    chip.append(name);
    chip.title = `${name}: click to hide or show, double-click (or O) for only this`;
    chip.setAttribute("aria-pressed", "true");
    chip.setAttribute("aria-keyshortcuts", "O");
    chip.addEventListener("click", (event) => (event.altKey ? this.only(label) : this.toggle(label, event)));
    chip.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() === "o") this.only(label);
    });
    return chip;
  }

  toggle(label, event) {
    if (event.detail === 2) return this.only(label); // second click of a double click
    const before = this.shown.slice();
    this.before = before;
    this.apply(this.shown.map((on, i) => (i === label ? !on : on)));
  }

  /** Only this class; all again if it was the only one. */
  only(label) {
    const before = this.before ?? this.shown;
    const alone = before.every((on, i) => on === (i === label));
    this.before = null;
    this.apply(this.shown.map((_, i) => alone || i === label));
  }

  all(on) {
    this.before = null;
    this.apply(this.shown.map(() => on));
  }

  apply(shown) {
    this.shown = shown;
    this.chips.forEach((chip, label) => chip.setAttribute("aria-pressed", String(shown[label])));
    this.onChange(shown);
  }
}
