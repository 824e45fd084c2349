/* The panel: the exact decode of the cursor's place and the test items nearest to it. */

class DecodePanel {
  /** @param root the tab's section
   *  @param onPick called with a neighbour that was clicked */
  constructor(root, onPick) {
    this.figure = root.querySelector("#decoded");
    this.canvas = this.figure.querySelector("canvas");
    this.place = root.querySelector(".lm-place");
    this.around = root.querySelector(".lm-around");
    this.list = new NeighbourList(root.querySelector("#neighbours"), onPick);
    this.error = root.querySelector(".lm-error");
    this.wanted = null;
    this.busy = false;
  }

  /** Show a place: the atlas's decode at once, the exact one as soon as the server answers. While a
   *  request is under way only the newest place waits, so a held arrow key cannot queue up. */
  show(plane, x, y) {
    this.figure.dataset.exact = "false";
    this.place.innerHTML = `<span>x ${readable(x)}</span><span>y ${readable(y)}</span>`;
    drawAtlas(this.canvas, plane, x, y);
    this.wanted = { plane, x, y };
    this.pump();
  }

  async pump() {
    if (this.busy) return;
    this.busy = true;
    while (this.wanted) {
      const { plane, x, y } = this.wanted;
      this.wanted = null;
      try {
        const answer = await studio.api("live/decode", { model: plane.name, x, y });
        if (!this.wanted) this.fill(answer);
        this.error.hidden = true;
      } catch (error) {
        this.error.textContent = error.message;
        this.error.hidden = false;
      }
    }
    this.busy = false;
  }

  fill({ image, x, y, neighbours }) {
    studio.drawGrey(this.canvas, studio.decodeBase64(image));
    const names = [...new Set(neighbours.map((one) => one.name))];
    const words = `Decoded x ${readable(x)}, y ${readable(y)}: nearest items are ${names.join(", ")}`;
    this.canvas.setAttribute("aria-label", words);
    Object.assign(this.figure.dataset, { exact: "true", x, y });
    this.nearest = neighbours;
    this.around.textContent = `Around it: ${names.join(", ")}. The nearest test item lies ${readable(neighbours[0].distance)} away.`;
    this.list.show(neighbours);
    studio.say(words);
    this.onFill?.(neighbours);
  }
}

/** The codes of a plane as CSV text. */
function codesCsv(plane) {
  const lines = ["index,class,x,y"];
  for (let row = 0; row < plane.count; row += 1) {
    const [x, y] = placeOf(plane, row);
    lines.push(`${plane.index[row]},${studio.classes[plane.labels[row]].name},${x},${y}`);
  }
  return lines.join("\n") + "\n";
}
