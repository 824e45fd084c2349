// @ts-check
/* The drawing pad: mouse, pen, touch and keyboard; the picture follows in every frame. */
import { find, isCommand } from "../lib/dom.js";
import { SIDE, drawGrey } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { Drawing } from "./drawing.js";

/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The nearest place on the pad. @param {[number, number]} place @returns {[number, number]} */
function inside([x, y]) {
  const [left, top] = [x, y].map((value) => Math.min(SIDE - 0.5, Math.max(0.5, value)));
  return [left, top];
}

export class DrawPad {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.canvas = find(root, "canvas", HTMLCanvasElement);
    this.cursor = find(root, ".draw-cursor", HTMLElement);
    this.size = find(root, "input[type=range]", HTMLInputElement);
    this.drawing = new Drawing();
    /** @type {[number, number]} in pixels */
    this.place = [SIDE / 2, SIDE / 2];
    this.down = false; // the keyboard's brush
    /** @type {number | null} */
    this.pointerId = null; // of the pointer that draws: a palm or a second finger does not
    this.frame = 0;
    this.pointer();
    this.keyboard();
    const [undo, clear, trace] = ["undo", "clear", "trace"].map((name) => {
      return find(root, `[data-do=${name}]`, HTMLButtonElement);
    });
    this.undo = undo;
    undo.addEventListener("click", () => this.stepBack());
    clear.addEventListener("click", () => this.change(() => this.drawing.clear()));
    trace.addEventListener("click", () => {
      const { image } = studio.state;
      if (image) this.change(() => this.drawing.load(image));
    });
    this.paint();
  }

  /** @param {() => void} act */
  change(act) {
    act();
    this.publish();
  }

  /** Undo the last stroke: without one the page's picture is none of this pad's. */
  stepBack() {
    if (this.drawing.past.length) this.change(() => this.drawing.undo());
  }

  /** Show the drawing, and make it the picture of the page, once a frame. */
  publish() {
    this.frame ||= requestAnimationFrame(() => this.publishNow());
  }

  publishNow() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.paint();
    const drawing = this.pointerId !== null || this.down;
    studio.set({ image: this.drawing.bytes(), imageLabel: "Your drawing", source: "drawing", drawing });
  }

  paint() {
    drawGrey(this.canvas, this.drawing.bytes());
    this.canvas.parentElement?.classList.toggle(
      "is-empty",
      this.drawing.ink.every((cover) => cover === 0),
    );
    this.undo.setAttribute("aria-disabled", String(!this.drawing.past.length)); // disabled, it would lose the focus
  }

  pointer() {
    const at = (/** @type {PointerEvent} */ event) => {
      const { left, top, width, height } = this.canvas.getBoundingClientRect();
      const place = [((event.clientX - left) / width) * SIDE, ((event.clientY - top) / height) * SIDE];
      return /** @type {[number, number]} */ (place);
    };
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || this.pointerId !== null) return;
      this.canvas.setPointerCapture(event.pointerId);
      this.pointerId = event.pointerId;
      this.lift();
      this.drawing.keep();
      this.place = at(event);
      this.mark(this.place);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (event.pointerId !== this.pointerId) return;
      // A fast hand moves further than one event a frame tells.
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) this.mark(at(step));
    });
    const end = (/** @type {PointerEvent} */ event) => {
      if (event.pointerId !== this.pointerId) return;
      this.pointerId = null;
      this.place = inside(this.place); // the keyboard goes on from here
      this.publish();
    };
    for (const name of /** @type {const} */ (["pointerup", "pointercancel", "lostpointercapture"])) {
      this.canvas.addEventListener(name, end);
    }
    // No magnifying glass, no menu of a long press.
    this.canvas.addEventListener("touchstart", (event) => event.preventDefault(), { passive: false });
    this.canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Draw on to a place. @param {[number, number]} to */
  mark(to) {
    this.drawing.line(this.place, to, Number(this.size.value));
    this.place = to;
    this.publish();
  }

  keyboard() {
    this.canvas.addEventListener("focus", () => this.showCursor());
    this.canvas.addEventListener("blur", () => {
      this.lift();
      this.cursor.hidden = true;
    });
    this.canvas.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (event.key.toLowerCase() === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey) this.stepBack();
      else if (isCommand(event)) return;
      else if (move) this.step(move, event.shiftKey ? 4 : 1);
      else if (event.key === " ") this.toggle();
      else return;
      event.preventDefault();
    });
  }

  /**
   * Move the keyboard's brush.
   * @param {[number, number]} direction
   * @param {number} far in pixels
   */
  step([dx, dy], far) {
    const to = inside([this.place[0] + dx * far, this.place[1] + dy * far]);
    if (this.down) this.mark(to);
    this.place = to;
    this.showCursor();
    studio.say(`Column ${Math.ceil(to[0])}, row ${Math.ceil(to[1])}`);
  }

  toggle() {
    if (this.down) this.lift();
    else {
      this.down = true;
      this.drawing.keep();
      this.mark(this.place);
    }
    this.showCursor();
    studio.say(this.down ? "Brush down" : "Brush up");
  }

  /** End the keyboard's stroke; at once, for the next thing may be another picture. */
  lift() {
    if (!this.down) return;
    this.down = false;
    this.cursor.classList.remove("is-down");
    // Not over a picture that was pasted meanwhile.
    if (this.frame || studio.state.source === "drawing") this.publishNow();
  }

  /** Only for the keyboard: a pointer shows itself. */
  showCursor() {
    this.cursor.hidden = !this.canvas.matches(":focus-visible");
    this.cursor.classList.toggle("is-down", this.down);
    this.cursor.style.left = `${(this.place[0] / SIDE) * 100}%`;
    this.cursor.style.top = `${(this.place[1] / SIDE) * 100}%`;
  }
}
