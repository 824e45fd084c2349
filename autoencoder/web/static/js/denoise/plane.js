/* The bottleneck in numbers: the code between the pictures, and its way over the plane as the noise grows. */

const PLANE_WIDTH = 168;
const PLANE_HEIGHT = 116;
const PLANE_MARGIN = 14;
const LEAST_SHARE = 0.015; // of the plane's width is the least that the window shows
const TRAIL_COLOUR = "#d6006c"; // as on the Latent space tab

class CodePlane {
  constructor(root) {
    this.title = root.querySelector(".neck-title");
    this.code = root.querySelector(".neck-code");
    this.canvas = root.querySelector("#code-plane canvas");
    this.hint = root.querySelector("#code-plane .hint");
    const dense = Math.min(3, Math.max(2, devicePixelRatio));
    Object.assign(this.canvas, { width: PLANE_WIDTH * dense, height: PLANE_HEIGHT * dense });
    this.context = this.canvas.getContext("2d");
    this.context.scale(dense, dense);
  }

  paint(strip, row) {
    const model = studio.models.find((one) => one.name === strip.model);
    const [x, y] = strip.codes[row];
    const [cx, cy] = strip.clean_code;
    this.title.textContent = `${model.latent_dim} numbers`;
    this.code.innerHTML = `<span>${signed(x)}</span><span>${signed(y)}</span>${model.projected ? "<small>in two of their directions</small>" : ""}`;
    const frame = windowAround(strip, model.box);
    const words = `Noise has moved it ${Math.hypot(x - cx, y - cy).toFixed(2)} away from the clean picture’s code, ${signed(cx)}, ${signed(cy)}.`;
    this.hint.textContent = `● ${words} The window is ${frame.width.toPrecision(2)} wide; the whole plane ${(model.box.x_max - model.box.x_min).toFixed(1)}.`;
    this.canvas.setAttribute("aria-label", `Code ${signed(x)}, ${signed(y)}. ${words}`);
    this.draw(strip, row, frame);
  }

  draw(strip, row, frame) {
    const { context } = this;
    const style = getComputedStyle(this.canvas);
    const place = ([x, y]) => [
      PLANE_WIDTH / 2 + (x - frame.x) * frame.scale, PLANE_HEIGHT / 2 - (y - frame.y) * frame.scale,
    ];
    context.clearRect(0, 0, PLANE_WIDTH, PLANE_HEIGHT);
    Object.assign(context, { lineWidth: 2, strokeStyle: TRAIL_COLOUR, globalAlpha: 0.55, lineJoin: "round" });
    context.beginPath();
    for (const code of strip.codes) context.lineTo(...place(code));
    context.stroke();
    context.globalAlpha = 1;
    Object.assign(context, { fillStyle: TRAIL_COLOUR, strokeStyle: style.backgroundColor, lineWidth: 2 });
    context.beginPath();
    context.arc(...place(strip.codes[row]), 6, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
    star(context, place(strip.clean_code));
  }
}

/** The part of the plane that holds the whole trail, no smaller than a share of the plane. */
function windowAround({ codes, clean_code: clean }, box) {
  const axis = (i) => [...codes, clean].map((code) => code[i]);
  const span = (values) => [Math.min(...values), Math.max(...values)];
  const [[left, right], [bottom, top]] = [span(axis(0)), span(axis(1))];
  const scale = Math.min(
    (PLANE_WIDTH - 2 * PLANE_MARGIN) / Math.max(right - left, LEAST_SHARE * (box.x_max - box.x_min)),
    (PLANE_HEIGHT - 2 * PLANE_MARGIN) / Math.max(top - bottom, 1e-6),
  );
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale, width: PLANE_WIDTH / scale };
}

function star(context, [x, y]) {
  context.beginPath();
  for (let i = 0; i < 10; i += 1) {
    const [radius, angle] = [i % 2 ? 3 : 7, (i * Math.PI) / 5 - Math.PI / 2];
    context.lineTo(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
  }
  context.closePath();
  Object.assign(context, { fillStyle: "#ffd21f", strokeStyle: "#111", lineWidth: 1.2 });
  context.fill();
  context.stroke();
}

/** A number with two decimals and a true minus sign. */
function signed(value) {
  return value.toFixed(2).replace("-", "−");
}
