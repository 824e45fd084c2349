/* The figures of merit: of the reconstruction, beside those of the noisy input. */

const METRICS = [
  { key: "mse", name: "MSE", better: "less", digits: 4, title: "Mean squared error: 0 is perfect" },
  { key: "psnr", name: "PSNR, dB", better: "more", digits: 1, title: "Peak signal-to-noise ratio: more is better" },
  { key: "ssim", name: "SSIM", better: "more", digits: 3, title: "Structural similarity in 11 × 11 windows: 1 is perfect" },
  { key: "ssim_global", name: "SSIM, global", better: "more", digits: 3, title: "Structural similarity over the whole picture: 1 is perfect" },
];

class Metrics {
  constructor(root) {
    this.verdict = root.querySelector(".verdict");
    const heads = METRICS.map(({ name, title }) => `<th scope="col" title="${title}">${name}</th>`).join("");
    root.querySelector("thead").innerHTML = `<tr><td></td>${heads}</tr>`;
    const cells = METRICS.map(() => "<td></td>").join("");
    root.querySelector("tbody").innerHTML =
      `<tr data-of="noisy"><th scope="row">Noisy input</th>${cells}</tr>` +
      `<tr data-of="denoised"><th scope="row">Reconstruction</th>${cells}</tr>`;
    this.rows = [...root.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("td")]);
  }

  paint(strip, row) {
    METRICS.forEach(({ key, better, digits }, i) => {
      // null is the infinite PSNR of two equal pictures.
      const [noisy, ours] = [strip.noisy_scores[key][row], strip.scores[key][row]].map((value) => value ?? Infinity);
      this.write(this.rows[0][i], noisy, digits, better === "less" ? noisy < ours : noisy > ours);
      this.write(this.rows[1][i], ours, digits, better === "less" ? ours < noisy : ours > noisy);
    });
    this.verdict.textContent = sentence(strip.noisy_scores.mse[row], strip.scores.mse[row]);
  }

  write(cell, value, digits, wins) {
    cell.textContent = Number.isFinite(value) ? value.toFixed(digits).replace("-", "−") : "∞";
    cell.classList.toggle("wins", wins);
  }
}

/** Which is nearer to the original, in words. */
function sentence(noisy, ours) {
  const times = Math.max(noisy, ours) / Math.max(1e-9, Math.min(noisy, ours));
  if (times < 1.05) return "By its squared error, the reconstruction is as near to the original as the noisy input.";
  const share = times > 20 ? "far" : `${times.toFixed(1)} times`;
  return ours < noisy
    ? `The reconstruction is nearer to the original: its squared error is ${share} smaller than the noisy input’s.`
    : `The noisy input is nearer to the original: squeezing it through the bottleneck loses more than this noise does (${share} the squared error).`;
}
