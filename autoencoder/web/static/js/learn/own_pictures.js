// @ts-check
/* A visitor's own pictures: files, a folder or a zip, read here and sent nowhere. */
import { make } from "../lib/dom.js";
import { PIXELS, SIDE, contextOf } from "../lib/pixels.js";
import { studio } from "../lib/studio.js";
import { membersOf } from "../lib/zip.js";
import { someOf } from "./random.js";

/** @typedef {import("./shipped_images.js").PictureSet} PictureSet */
/** @typedef {{path: string, read: () => Promise<Blob>}} Source */

const PICTURE = /\.(png|jpe?g|jfif|webp|gif|bmp|avif)$/i;
const HIDDEN = /(^|[\\/])(\.|__MACOSX[\\/])/;
const MOST = 10_000;
const LEAST = 20;
const MOST_FOLDERS = 256; // a label is a byte
const AT_ONCE = 4; // pictures decoded side by side: a large photo takes 50 MB

export class OwnPictures {
  /**
   * @param {HTMLElement} root holds the inputs, and takes what is dropped
   * @param {(read: Promise<PictureSet>) => void} onRead
   */
  constructor(root, onRead) {
    for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll(".ln-own input"))) {
      input.addEventListener("change", () => {
        const sources = [...(input.files ?? [])].map(sourceOf);
        input.value = ""; // the same again is news
        if (sources.length) onRead(readSet(Promise.resolve(sources)));
      });
    }
    for (const name of ["dragover", "dragleave", "drop"]) {
      root.addEventListener(name, (event) => {
        event.preventDefault();
        event.stopPropagation(); // the Denoise tab takes what is dropped elsewhere
        root.classList.toggle("is-over", name === "dragover");
      });
    }
    root.addEventListener("drop", ({ dataTransfer }) => {
      const entries = [...(dataTransfer?.items ?? [])].map((item) => item.webkitGetAsEntry());
      if (entries.length) onRead(readSet(Promise.all(entries.map(filesBelow)).then((found) => found.flat())));
    });
  }
}

/** The folder that a picture lies in. @param {string} path */
function folderOf(path) {
  return path.split(/[\\/]/).at(-2) ?? "";
}

/** @param {File} file @returns {Source} */
function sourceOf(file) {
  return { path: file.webkitRelativePath || file.name, read: async () => file };
}

/**
 * All files of what was dropped, but those that cannot be opened.
 * @param {FileSystemEntry | null} entry
 * @returns {Promise<Source[]>}
 */
async function filesBelow(entry) {
  if (!entry) return []; // it is text
  if (entry.isFile) {
    const one = /** @type {FileSystemFileEntry} */ (entry); // Chromium has no such name to test for
    const file = /** @type {File | null} */ (await new Promise((resolve) => one.file(resolve, () => resolve(null))));
    return file ? [{ path: entry.fullPath.slice(1), read: async () => file }] : [];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    const part = /** @type {FileSystemEntry[]} */ (
      await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])))
    );
    if (!part.length) return found; // a reader hands out a hundred at a time
    found.push(...(await Promise.all(part.map(filesBelow))).flat());
  }
}

/**
 * Read pictures into a set; those that cannot be read are left out. Their classes are the folders they lie in.
 * @param {Promise<Source[]>} given
 * @returns {Promise<PictureSet>}
 */
async function readSet(given) {
  const all = await given;
  const sources = (await Promise.all(all.map((file) => unpacked(file, all.length === 1)))).flat();
  const found = sources.filter(({ path }) => PICTURE.test(path) && !HIDDEN.test(path));
  const pictures = someOf(found, MOST); // they come folder by folder
  const folders = new Set(pictures.map(({ path }) => folderOf(path))).size;
  if (folders > MOST_FOLDERS) throw new Error(`Bring at most ${MOST_FOLDERS} folders, got ${folders}.`);
  /** @type {{image: Uint8Array, folder: string}[]} */
  const read = [];
  for (let i = 0; i < pictures.length; i += AT_ONCE) {
    const part = pictures.slice(i, i + AT_ONCE).map(async ({ path, read: open }) => {
      const image = await open()
        .then(greyPicture)
        .catch(() => null);
      if (image) read.push({ image, folder: folderOf(path) });
    });
    await Promise.all(part);
  }
  if (read.length < LEAST) {
    const files = `${sources.length} ${sources.length === 1 ? "file" : "files"}`;
    const few =
      read.length === sources.length ? `Too few: ${files}.` : `Only ${read.length} of ${files} could be read.`;
    throw new Error(`${few} Bring at least ${LEAST} pictures, as PNG, JPEG, WebP, GIF, BMP or AVIF.`);
  }
  return setOf(read, found.length - pictures.length + read.length);
}

/**
 * The members of a zip file; another file as it is.
 * @param {Source} source
 * @param {boolean} isAlone whether nothing else was given
 * @returns {Promise<Source[]>}
 */
async function unpacked(source, isAlone) {
  if (!/\.zip$/i.test(source.path)) return [source];
  return membersOf(await source.read()).catch((error) => {
    if (isAlone) throw error;
    return []; // left out as a picture is
  });
}

/**
 * @param {{image: Uint8Array, folder: string}[]} read
 * @param {number} count that there were
 * @returns {PictureSet}
 */
function setOf(read, count) {
  const folders = [...new Set(read.map((one) => one.folder))].sort();
  const images = new Uint8Array(read.length * PIXELS);
  const labels = new Uint8Array(read.length);
  read.forEach(({ image, folder }, row) => {
    images.set(image, row * PIXELS);
    labels[row] = folders.indexOf(folder);
  });
  const colours = studio.classes.map((one) => one.colour); // of more folders, they begin again
  const classes = folders.map((name, i) => ({ name: name || "all", colour: colours[i % colours.length] }));
  return { images, labels, classes, source: `your ${count.toLocaleString("en")} pictures`, index: null };
}

/** A picture's middle square in 28 x 28 greys, white where it is clear. @param {Blob} blob */
async function greyPicture(blob) {
  const picture = await createImageBitmap(blob);
  const side = Math.min(picture.width, picture.height);
  const [x, y] = [(picture.width - side) / 2, (picture.height - side) / 2];
  const context = contextOf(make("canvas", { width: SIDE, height: SIDE }));
  Object.assign(context, { fillStyle: "#fff", imageSmoothingQuality: "high" });
  context.fillRect(0, 0, SIDE, SIDE);
  context.drawImage(picture, x, y, side, side, 0, 0, SIDE, SIDE);
  picture.close();
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  return Uint8Array.from({ length: PIXELS }, (_, i) => {
    return Math.round(0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2]);
  });
}
