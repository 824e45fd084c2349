/* The test items nearest to the cursor, each on a button that moves the cursor there. */

class NeighbourList {
  /** @param list element to fill
   *  @param onPick called with a neighbour that was clicked */
  constructor(list, onPick) {
    Object.assign(this, { list, onPick, buttons: [], shown: [], pressed: null });
  }

  /** Show other neighbours. The buttons stay: replaced under a focus or between a finger's down and up,
   *  they would lose the focus or the click. */
  show(neighbours) {
    this.shown = neighbours;
    while (this.buttons.length < neighbours.length) this.add(this.buttons.length);
    this.buttons.forEach((button, i) => {
      button.parentElement.hidden = !neighbours[i];
      if (neighbours[i]) this.fill(button, neighbours[i]);
    });
  }

  add(position) {
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = `<canvas width="28" height="28" aria-hidden="true"></canvas><span></span>`;
    button.addEventListener("pointerdown", () => { this.pressed = this.shown[position]; });
    // What was pressed counts, though newer neighbours may have come before the release. A key (detail 0)
    // is pressed and released at once.
    button.addEventListener("click", ({ detail }) => this.onPick(detail ? this.pressed : this.shown[position]));
    const row = document.createElement("li");
    row.append(button);
    this.list.append(row);
    this.buttons.push(button);
  }

  fill(button, { index, label, name, distance }) {
    button.dataset.index = index;
    button.style.setProperty("--swatch", studio.classes[label].colour);
    button.title = `Test item ${index}, ${name}, at distance ${distance.toFixed(3)}: move the cursor there`;
    button.querySelector("span").textContent = name;
    studio.drawSample(button.querySelector("canvas").getContext("2d"), index, 0, 0, CELL);
  }
}
