/* The four pictures, painted from the strip at the level of now. */

class Pictures {
  constructor(root) {
    this.root = root;
    const canvas = (id) => root.querySelector(`#${id} canvas`);
    this.canvases = { original: canvas("original"), noisy: canvas("noisy"), denoised: canvas("denoised"), error: canvas("error-map") };
    for (const id of ["original", "noisy", "denoised", "error-map"]) this.saver(root.querySelector(`#${id}`), id);
    this.paintScale(root.querySelector(".scale i"));
  }

  paint(strip, row) {
    const { image, noisy, reconstruction } = strip;
    const offset = row * 784;
    studio.drawGrey(this.canvases.original, image);
    studio.drawGrey(this.canvases.noisy, noisy, offset);
    studio.drawGrey(this.canvases.denoised, reconstruction, offset);
    studio.drawPixels(this.canvases.error, (i) => studio.HOT[Math.abs(image[i] - reconstruction[offset + i])]);
  }

  saver(figure, id) {
    const button = document.createElement("button");
    const name = figure.querySelector("figcaption span").textContent;
    button.type = "button";
    button.className = "save";
    button.textContent = "PNG";
    button.title = `Save as PNG: ${name}`;
    button.setAttribute("aria-label", button.title);
    button.addEventListener("click", () => {
      const { model, noise, level } = studio.state;
      const parts = id === "original" ? [id] : [id, model, noise, level.toFixed(2)];
      studio.download(`${parts.join("-")}.png`, figure.querySelector("canvas"), 16);
    });
    figure.querySelector("figcaption").append(button);
  }

  paintScale(bar) {
    const stops = studio.HOT.filter((_, i) => i % 15 === 0).map((rgb) => `rgb(${rgb})`);
    bar.style.background = `linear-gradient(90deg, ${stops.join(", ")})`;
  }
}
