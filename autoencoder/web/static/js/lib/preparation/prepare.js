// @ts-check
/* From any picture to the 28 x 28 image that the models know: autoencoder/data/preparation.py, step by step. */
import { PIXELS, SIDE } from "../pixels.js";
import { colourMask } from "./garment_mask.js";
import { percentile } from "./regions.js";
import { resampled, rounded } from "./resample.js";

/** @typedef {import("./resample.js").Plane} Plane */
/** @typedef {{invert?: boolean, mirror?: boolean, remove_background?: boolean}} Choices what is forced */
/** @typedef {{image: Uint8Array, invert: boolean, mirrored: boolean, background_removed: boolean}} Prepared */
/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels red, green, blue and alpha a pixel */

const WORKING_SIDE = 224;
const CLEAR_SHARE = 0.005;
const [MEAN, SPREAD] = [0.65, 0.25];
const LEAST_GARMENT = 0.01; // share of the picture: less is a speck, and the picture is taken as a whole
const COLOURED = 0.1; // mean saturation of a picture in colours
const MOST_GAIN = 2;
const DARKEST = 0.12;
const MIRROR_RATIO = 1.25;
const BLANK = 0.02;
const BLANK_PICTURE = "This picture is blank. Choose one that shows a garment on an even background.";
const NO_GARMENT = "No garment stands out from the background. Choose a picture with an even background.";
const ONE_SHADE = "Nothing but one shade of grey is left of this picture. Choose another one.";

/**
 * Throws an Error with a sentence where there is no garment to be told.
 * @param {Pixels} picture
 * @param {Choices} [choices]
 * @returns {Prepared}
 */
export function prepare(picture, choices = {}) {
  const { invert, mirror, remove_background: cut } = choices;
  if (picture.width === SIDE && picture.height === SIDE && cut !== true) {
    const grey = luma(onWhite(channels(picture))).data;
    const inverted = invert ?? hasLightRim(grey, SIDE, SIDE);
    return finished(inverted ? grey.map((x) => 1 - x) : grey, { inverted, mirrored: mirror ?? false, removed: false });
  }
  let planes = shrunk(channels(picture));
  const { width, height } = planes[0];
  /** @type {Uint8Array} */
  const opaque = Uint8Array.from(planes[3].data, (alpha) => Number(alpha > 127 / 255));
  const isCutOut = cut !== false && opaque.length - total(opaque) > CLEAR_SHARE * opaque.length;
  if (!isCutOut) planes = onWhite(planes);
  const grey = luma(planes).data;
  if (!isCutOut && range(grey) < BLANK) throw new Error(BLANK_PICTURE);
  let mask = opaque;
  if (cut === false) mask = new Uint8Array(grey.length).fill(1);
  else if (!isCutOut) mask = colourMask(coloursOf(planes), { width, height });
  if (!mask.includes(1)) throw new Error(NO_GARMENT);
  const isSpeck = cut === undefined && total(mask) < LEAST_GARMENT * mask.length;
  if (isSpeck) return prepare(picture, { ...choices, remove_background: false });
  const removes = cut !== false;
  const inverted = invert ?? isPositive(planes, grey, mask);
  let light = inverted ? grey.map((x) => 1 - x) : grey;
  if (removes) light = levelled(light, mask);
  const image = centred({ data: light, width, height }, mask);
  if (range(image) < BLANK) throw new Error(ONE_SHADE);
  return finished(image, { inverted, mirrored: mirror ?? facesRight(image), removed: removes });
}

/** @param {ArrayLike<number>} numbers */
function total(numbers) {
  let sum = 0;
  for (let i = 0; i < numbers.length; i += 1) sum += numbers[i];
  return sum;
}

/** @param {Float32Array} numbers */
function range(numbers) {
  return numbers.reduce((a, b) => Math.max(a, b)) - numbers.reduce((a, b) => Math.min(a, b));
}

/** Red, green, blue and alpha in [0, 1], each a plane. @param {Pixels} picture @returns {Plane[]} */
function channels({ data, width, height }) {
  return [0, 1, 2, 3].map((c) => {
    const plane = Float32Array.from({ length: width * height }, (_, i) => data[4 * i + c] / 255);
    return { data: plane, width, height };
  });
}

/** With the longer edge at most `WORKING_SIDE`; colours count by how opaque they are. @param {Plane[]} planes */
function shrunk(planes) {
  const { width, height } = planes[0];
  const scale = WORKING_SIDE / Math.max(width, height);
  if (scale >= 1) return planes;
  const [w, h] = [width, height].map((side) => Math.max(1, rounded(side * scale)));
  const alpha = planes[3].data;
  const small = planes.map((plane, c) => {
    const data = c < 3 ? plane.data.map((x, i) => x * alpha[i]) : alpha;
    return resampled({ ...plane, data }, w, h, "box");
  });
  for (const plane of small.slice(0, 3)) {
    plane.data = plane.data.map((x, i) => (small[3].data[i] ? Math.min(1, x / small[3].data[i]) : 0));
  }
  return small;
}

/** Grey levels by the eye's weights (ITU-R 601), whatever is clear. @param {Plane[]} planes @returns {Plane} */
function luma([red, green, blue]) {
  return { ...red, data: red.data.map((x, i) => 0.299 * x + 0.587 * green.data[i] + 0.114 * blue.data[i]) };
}

/** Colours laid over white. @param {Plane[]} planes */
function onWhite(planes) {
  const { data: alpha } = planes[3];
  return planes.map((plane, c) => {
    return { ...plane, data: c < 3 ? plane.data.map((x, i) => x * alpha[i] + 1 - alpha[i]) : alpha.map(() => 1) };
  });
}

/** Three numbers a pixel. @param {Plane[]} planes */
function coloursOf([red, green, blue]) {
  const colours = new Float32Array(3 * red.data.length);
  [red, green, blue].forEach(({ data }, c) => data.forEach((x, i) => void (colours[3 * i + c] = x)));
  return colours;
}

/**
 * @param {Float32Array} grey
 * @param {number} width
 * @param {number} height
 */
function hasLightRim(grey, width, height) {
  const rows = Array.from({ length: width }, (_, x) => [grey[x], grey[(height - 1) * width + x]]);
  const columns = Array.from({ length: height }, (_, y) => [grey[y * width], grey[y * width + width - 1]]);
  return percentile([...rows, ...columns].flat(), 50) > 0.5;
}

/**
 * Whether the picture shows light as light, so that its negative is like the training data: a picture in colours does, and
 * a grey one whose garment is darker than its ground; of a cut-out, which has none, one whose garment is dark.
 * @param {Plane[]} planes
 * @param {Float32Array} grey
 * @param {Uint8Array} mask
 */
function isPositive([red, green, blue], grey, mask) {
  const { width, height } = red;
  if (!mask.includes(0)) return hasLightRim(grey, width, height);
  const inside = (/** @type {Float32Array} */ values) => meanOf(values.filter((_, i) => mask[i]));
  const saturation = red.data.map((r, i) => {
    const [g, b] = [green.data[i], blue.data[i]];
    return Math.max(r, g, b) - Math.min(r, g, b);
  });
  if (Math.max(meanOf(saturation), inside(saturation)) > COLOURED) return true;
  const rest = grey.filter((_, i) => !mask[i]);
  const isEmpty = range(rest) === 0 && rest[0] <= 0;
  return inside(grey) < (isEmpty ? 0.5 : percentile(rest, 50));
}

/** @param {Float32Array} numbers */
function meanOf(numbers) {
  return total(numbers) / numbers.length;
}

/**
 * Garment levels half-way to the training data's mean, their spread up to doubled; black around it.
 * @param {Float32Array} grey
 * @param {Uint8Array} mask
 */
function levelled(grey, mask) {
  const garment = grey.filter((_, i) => mask[i]);
  const mean = meanOf(garment);
  const spread = Math.sqrt(meanOf(garment.map((x) => (x - mean) ** 2)));
  const gain = 1 + (Math.min(MOST_GAIN, Math.max(1, SPREAD / Math.max(spread, 1e-3))) - 1) / 2;
  const level = (/** @type {number} */ x) => Math.min(1, Math.max(DARKEST, (x - mean) * gain + (mean + MEAN) / 2));
  return grey.map((x, i) => (mask[i] ? level(x) : 0));
}

/**
 * The mask's rectangle, its longer edge at 28 pixels, in the middle of a black square.
 * @param {Plane} plane
 * @param {Uint8Array} mask
 */
function centred({ data, width, height }, mask) {
  let [left, right, top, bottom] = [width, 0, height, 0];
  mask.forEach((on, i) => {
    if (!on) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  const [w, h] = [right - left + 1, bottom - top + 1];
  const cut = Float32Array.from({ length: w * h }, (_, i) => data[(top + Math.floor(i / w)) * width + left + (i % w)]);
  const scale = SIDE / Math.max(w, h);
  const [sw, sh] = [w, h].map((side) => Math.max(1, rounded(side * scale)));
  const small = resampled({ data: cut, width: w, height: h }, sw, sh, "bilinear");
  const image = new Float32Array(PIXELS);
  const [x0, y0] = [Math.floor((SIDE - sw) / 2), Math.floor((SIDE - sh) / 2)];
  for (let y = 0; y < sh; y += 1) image.set(small.data.subarray(y * sw, (y + 1) * sw), (y0 + y) * SIDE + x0);
  return image;
}

/** Whether the upper left quarter outweighs the upper right: a shoe's ankle, which the data has right. @param {Float32Array} image */
function facesRight(image) {
  let [left, right] = [0, 0];
  for (let i = 0; i < PIXELS / 2; i += 1) {
    if (i % SIDE < SIDE / 2) left += image[i];
    else right += image[i];
  }
  return left > MIRROR_RATIO * right;
}

/**
 * @param {Float32Array} image
 * @param {{inverted: boolean, mirrored: boolean, removed: boolean}} done
 * @returns {Prepared}
 */
function finished(image, { inverted, mirrored, removed }) {
  const bytes = Uint8Array.from(image, (_, i) => {
    const x = i % SIDE;
    const value = mirrored ? image[i - x + SIDE - 1 - x] : image[i];
    return Math.round(255 * Math.min(1, Math.max(0, value)));
  });
  return { image: bytes, invert: inverted, mirrored, background_removed: removed };
}
