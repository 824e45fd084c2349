/* The drawing pad: mouse, pen, touch and keyboard; the picture follows in every frame. */

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class DrawPad {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.cursor = root.querySelector(".draw-cursor");
    this.size = root.querySelector("input[type=range]");
    this.drawing = new Drawing();
    this.place = [SIDE / 2, SIDE / 2];
    this.down = false;
    this.pointer();
    this.keyboard();
    const on = (name, act) => root.querySelector(`[data-do=${name}]`).addEventListener("click", act);
    on("undo", () => this.change(() => this.drawing.undo()));
    on("clear", () => this.change(() => this.drawing.clear()));
    on("trace", () => studio.state.image && this.change(() => this.drawing.load(studio.state.image)));
    this.paint();
  }

  change(act) {
    act();
    this.publish();
  }

  /** Show the drawing, and make it the picture of the page, once a frame. */
  publish() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.paint();
      studio.set({ image: this.drawing.bytes(), imageLabel: "Your drawing", source: "drawing", drawing: this.stroke });
    });
  }

  paint() {
    studio.drawGrey(this.canvas, this.drawing.bytes());
    this.canvas.parentElement.classList.toggle("is-empty", this.drawing.ink.every((cover) => cover === 0));
    this.root.querySelector("[data-do=undo]").disabled = !this.drawing.past.length;
  }

  pointer() {
    const at = (event) => {
      const frame = this.canvas.getBoundingClientRect();
      return [((event.clientX - frame.left) / frame.width) * SIDE, ((event.clientY - frame.top) / frame.height) * SIDE];
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.stroke = true;
      this.lift();
      this.drawing.keep();
      this.place = at(event);
      this.mark(this.place);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.stroke) return;
      // A fast hand moves further than one event a frame tells.
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) this.mark(at(step));
    });
    const end = () => {
      if (!this.stroke) return;
      this.stroke = false;
      this.publish();
    };
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
  }

  mark(to) {
    this.drawing.line(this.place, to, Number(this.size.value));
    this.place = to;
    this.publish();
  }

  keyboard() {
    this.canvas.addEventListener("focus", () => this.showCursor());
    this.canvas.addEventListener("blur", () => { this.lift(); this.cursor.hidden = true; });
    this.canvas.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (move) this.step(move, event.shiftKey ? 4 : 1);
      else if (event.key === " ") this.toggle();
      else if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey)) this.change(() => this.drawing.undo());
      else return;
      event.preventDefault();
    });
  }

  step([dx, dy], far) {
    const inside = (value) => Math.min(SIDE - 0.5, Math.max(0.5, value));
    const to = [inside(this.place[0] + dx * far), inside(this.place[1] + dy * far)];
    if (this.down) this.mark(to);
    this.place = to;
    this.showCursor();
    studio.say(`Column ${Math.ceil(to[0])}, row ${Math.ceil(to[1])}`);
  }

  toggle() {
    this.down = !this.down;
    if (this.down) {
      this.drawing.keep();
      this.mark(this.place);
    }
    this.showCursor();
    studio.say(this.down ? "Brush down" : "Brush up");
  }

  lift() {
    this.down = false;
    this.cursor.classList.remove("is-down");
  }

  /** Only for the keyboard: a pointer shows itself. */
  showCursor() {
    this.cursor.hidden = !this.canvas.matches(":focus-visible");
    this.cursor.classList.toggle("is-down", this.down);
    this.cursor.style.left = `${(this.place[0] / SIDE) * 100}%`;
    this.cursor.style.top = `${(this.place[1] / SIDE) * 100}%`;
  }
}
