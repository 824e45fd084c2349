// @ts-check
/* The figures of merit: of the reconstruction, beside those of the noisy input. */
import { find, make } from "../lib/dom.js";
import { signed } from "../lib/format.js";
import { modelNamed } from "../lib/studio.js";
import { verdict } from "./verdict.js";

const FEW = 3; // numbers, through which much is lost
const METRICS = [
  { key: "mse", name: "MSE ↓", lessIsBetter: true, digits: 4 },
  { key: "psnr", name: "PSNR, dB ↑", digits: 1 },
  { key: "ssim", name: "SSIM ↑", digits: 3 },
  { key: "ssim_global", name: "SSIM, global ↑", digits: 3 },
];

export class MetricsTable {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.verdict = find(root, ".verdict", HTMLElement);
    this.blur = find(root, "[data-about=blur]", HTMLElement);
    const heads = METRICS.map(({ name }) => make("th", { scope: "col", textContent: name }));
    find(root, "thead", HTMLElement).replaceChildren(make("tr", {}, make("td"), ...heads));
    const names = { noisy: "Noisy input", denoised: "Reconstruction" };
    this.rows = Object.entries(names).map(([of, name]) => {
      const cells = METRICS.map(() => make("td"));
      const row = make("tr", {}, make("th", { scope: "row", textContent: name }), ...cells);
      row.dataset.of = of;
      find(root, "tbody", HTMLElement).append(row);
      return cells;
    });
  }

  /**
   * @param {import("../lib/strips.js").Strip} strip
   * @param {number} row
   */
  paint(strip, row) {
    METRICS.forEach(({ key, lessIsBetter, digits }, i) => {
      const values = [strip.noisy_scores, strip.scores].map((scores) => scores[key][row] ?? Infinity);
      const best = lessIsBetter ? Math.min(...values) : Math.max(...values);
      this.rows.forEach((cells, which) => {
        cells[i].textContent = signed(values[which], digits);
        const isBetter = values[which] === best && values[0] !== values[1];
        cells[i].classList.toggle("wins", isBetter && strip.levels[row] > 0); // without noise nothing could be won
      });
    });
    const { latent_dim: numbers } = modelNamed(strip.model);
    this.blur.hidden = numbers > FEW;
    find(this.blur, ".few-numbers", HTMLElement).textContent =
      ["One number is", "Two numbers are", "Three numbers are"][numbers - 1] ?? "";
    this.verdict.textContent = verdict(strip.noisy_scores.mse[row] ?? 0, strip.scores.mse[row] ?? 0);
  }
}
