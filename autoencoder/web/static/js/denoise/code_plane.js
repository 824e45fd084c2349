// @ts-check
/* The bottleneck in numbers: the code between the pictures, and its way over the plane as the noise grows. */
import { find, make } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { runsOf } from "../lib/geometry.js";
import { modelNamed } from "../lib/studio.js";
import { SmallPlane } from "./small_plane.js";

export class CodePlane {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.title = find(root, ".code-title", HTMLElement);
    this.code = find(root, ".code-numbers", HTMLElement);
    this.canvas = find(root, "#code-plane canvas", HTMLCanvasElement);
    this.hint = find(root, "#code-plane .hint", HTMLElement);
    this.plane = new SmallPlane(this.canvas);
  }

  /**
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  paint(strip, row) {
    const { latent_dim: numbers, projected, box } = modelNamed(strip.model);
    const [[x, y], [cx, cy]] = [strip.codes[row], strip.clean_code];
    this.title.textContent = `its code: ${numbers} number${numbers === 1 ? "" : "s"}`;
    this.code.replaceChildren(make("span", {}, signed(x)), make("span", {}, signed(y)));
    if (projected) this.code.append(make("small", {}, "in two of their directions"));
    const runs = runsOf(strip.codes, box);
    const width = this.plane.draw({ runs, now: strip.codes[row], star: strip.clean_code }, box);
    const moved = Math.hypot(x - cx, y - cy).toFixed(2);
    const share = ((100 * width) / (box.x_max - box.x_min)).toFixed(0);
    const leaps = runs.length > 1 ? ", dotted where it leaps" : "";
    const words = `★ code of the clean picture; ● of the noisy one, ${moved} away; the line is its way as noise grows${leaps}.`;
    this.hint.textContent = `${words} What is drawn is ${share} % as wide as the whole map.`;
    this.canvas.setAttribute("aria-label", `Code ${signed(x)}, ${signed(y)}. ${words}`);
  }
}
