/* One model's plane: where the test items lie, and its atlas of decodes. No DOM in here. */

const CELL = 28;
const planes = new Map();

/** The plane of a model: fetched once, then kept. */
function loadPlane(name) {
  if (!planes.has(name)) {
    const plane = fetchPlane(name);
    plane.catch(() => planes.delete(name)); // a failed fetch may be tried again
    planes.set(name, plane);
  }
  return planes.get(name);
}

async function fetchPlane(name) {
  const model = studio.models.find((one) => one.name === name);
  if (!model) throw new Error(`There is no model ${name}.`);
  const [buffer, atlas] = await Promise.all([
    fetchBytes(studio.assets.url(`${name}/codes.bin`)),
    loadImage(studio.assets.url(`${name}/atlas.webp`)),
  ]);
  const count = buffer.byteLength / 11; // 8 bytes of place, 1 of class, 2 of index an item
  const index = new Uint16Array(buffer.slice(9 * count)); // sliced: 9N need not be even
  const rowOf = new Int32Array(65536).fill(-1);
  index.forEach((item, row) => { rowOf[item] = row; });
  return {
    name, count, index, rowOf, atlas,
    projected: model.projected,
    box: model.box,
    codes: new Float32Array(buffer, 0, 2 * count),
    labels: new Uint8Array(buffer, 8 * count, count),
    cells: atlas.width / CELL,
  };
}

async function fetchBytes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error("The map could not be fetched. Reload the page to try again.");
  return answer.arrayBuffer();
}

/** An image as a canvas, so that the first hover does not pay for its decoding. */
async function loadImage(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0);
  return canvas;
}

/** The row of the shown item nearest to a place within `reach` (in units of the plane), or -1.
 *  All 10,000 are compared: 30 microseconds, less than an index would be worth. */
function nearestRow(plane, x, y, shown, reach = Infinity) {
  const { codes, labels, count } = plane;
  let best = -1;
  let least = reach * reach;
  for (let row = 0; row < count; row += 1) {
    const dx = codes[2 * row] - x;
    const dy = codes[2 * row + 1] - y;
    const distance = dx * dx + dy * dy;
    if (distance < least && shown[labels[row]]) {
      least = distance;
      best = row;
    }
  }
  return best;
}

/** Place of a row. */
function placeOf(plane, row) {
  return [plane.codes[2 * row], plane.codes[2 * row + 1]];
}

/** Top left pixel of the atlas cell that holds a place, or null beyond the atlas. */
function atlasCell(plane, x, y) {
  const { box, cells } = plane;
  const column = Math.floor(((x - box.x_min) / (box.x_max - box.x_min)) * cells);
  const row = Math.floor(((box.y_max - y) / (box.y_max - box.y_min)) * cells);
  if (column < 0 || row < 0 || column >= cells || row >= cells) return null;
  return [column * CELL, row * CELL];
}

/** Draw the atlas's decode nearest to a place; false beyond the atlas. */
function drawAtlas(canvas, plane, x, y) {
  const cell = atlasCell(plane, x, y);
  if (cell) canvas.getContext("2d").drawImage(plane.atlas, ...cell, CELL, CELL, 0, 0, CELL, CELL);
  return cell !== null;
}

/** Rows of the shown classes, as the columns that a scatter plot wants. */
function shownColumns(plane, shown) {
  const rows = [];
  for (let row = 0; row < plane.count; row += 1) if (shown[plane.labels[row]]) rows.push(row);
  return {
    x: Float32Array.from(rows, (row) => plane.codes[2 * row]),
    y: Float32Array.from(rows, (row) => plane.codes[2 * row + 1]),
    label: Array.from(rows, (row) => plane.labels[row]),
  };
}

/** `count` places evenly spaced along a polyline, its two ends included. */
function placesAlong(points, count) {
  const lengths = points.slice(1).map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1]));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Array.from({ length: count }, (_, step) => {
    let left = (total * step) / (count - 1);
    let leg = 0;
    while (leg < lengths.length - 1 && left > lengths[leg]) {
      left -= lengths[leg];
      leg += 1;
    }
    const share = lengths[leg] ? Math.min(left / lengths[leg], 1) : 0;
    const [[x0, y0], [x1, y1]] = [points[leg], points[leg + 1]];
    return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
  });
}

/** A coordinate as people read it. */
function readable(value) {
  return value.toFixed(2).replace("-0.00", "0.00").replace("-", "−");
}
