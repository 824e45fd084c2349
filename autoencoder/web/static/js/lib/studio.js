// @ts-check
/* window.studio: the page's configuration, the state that the tabs share, and the server's answers. */
import { announce, make } from "./dom.js";
import { decodeBase64 } from "./pixels.js";
import { RequestError, Trouble, isAbort } from "./trouble.js";

/** @typedef {{x_min: number, x_max: number, y_min: number, y_max: number}} Box */
/**
 * @typedef {object} Model
 * @property {string} name
 * @property {boolean | null} [saw_noise] in training, if that is known
 * @property {string} description what it was trained on and how wide its bottleneck is, in words
 * @property {boolean} projected whether its map shows two directions of a wider bottleneck
 * @property {number} latent_dim
 * @property {number} test_images of which its map shows the codes
 * @property {Box} box the part of the plane that its atlas shows
 * @property {string} checksum
 * @property {string} trained day
 * @property {number | null} unusual_above 1 - SSIM of the clean reconstruction of a picture unlike the training data
 * @property {boolean} [isLocal] whether it was trained in this browser, and the server does not know it
 */
/**
 * @typedef {object} Config
 * @property {string} set names the set of models
 * @property {string[]} missing sentences
 * @property {{name: string, colour: string}[]} classes
 * @property {number} point_opacity with which the colours are told apart
 * @property {Model[]} models
 * @property {{value: string, name: string}[]} kinds
 * @property {Limits} limits
 * @property {number[][]} hot colours of the error map, black for 0, white for 255
 * @property {Record<string, string>} assets addresses by name
 * @property {{index: number, label: number, image: string}[]} samples
 */
/**
 * @typedef {object} Limits
 * @property {number} max_level
 * @property {number} level_step
 * @property {number} reference_level
 * @property {number} start_level
 * @property {number} max_seed
 * @property {number} max_coordinate
 * @property {number} max_upload_bytes
 */
/**
 * @typedef {object} State
 * @property {Uint8Array | null} image 784 grey levels
 * @property {string} imageLabel
 * @property {string} [source] "sample", "upload", "drawing" or "link"
 * @property {boolean} [drawing] whether a stroke is being drawn
 * @property {string} model
 * @property {string} noise
 * @property {number} seed
 * @property {number} level
 * @property {string} [mapModel] whose map was asked for by another tab
 * @property {import("./strips.js").Strip | null} strip of the state's picture, model, noise and seed
 * @property {"" | "pending" | "failed"} stripStatus why there is none, once that is worth showing
 */
/** @typedef {keyof State} Key */

export const WEIGHTS_FILE = "model.safetensors.zlib"; // a model's, among the assets
const FIRST = 7; // of the samples: the sneaker, whose shape survives the bottleneck and whose details do not
const REPLACED = "This page or its models were replaced while it was open. Load it again to go on.";

/** @type {State} */
const state = {
  image: null,
  imageLabel: "",
  model: "",
  noise: "gaussian",
  seed: 7,
  level: 0,
  strip: null,
  stripStatus: "",
};
/** @type {{keys: Key[], fn: (state: State, changed: Key[]) => void}[]} */
const subscribers = [];
/** @type {Promise<void> | null} */
let loading = null;

/**
 * Merge a patch into the state and tell, once, whoever watches a key whose value changed.
 * @param {Partial<State>} patch
 */
function set(patch) {
  const changed = /** @type {Key[]} */ (Object.keys(patch)).filter((key) => state[key] !== patch[key]);
  Object.assign(state, patch);
  for (const one of [...subscribers]) if (one.keys.some((key) => changed.includes(key))) one.fn(state, changed);
}

/**
 * Call a function after each change of one of some keys; returns the way to stop.
 * @param {Key[]} keys
 * @param {(state: State, changed: Key[]) => void} fn
 */
function subscribe(keys, fn) {
  const one = { keys, fn };
  subscribers.push(one);
  return () => void subscribers.splice(subscribers.indexOf(one), 1);
}

/** Resolves when the configuration is there; until then a bar says why it is not. */
function ready() {
  loading ??= new Promise((resolve) => {
    /** @type {Trouble | null} */
    let trouble = null;
    const attempt = () =>
      load().then(
        () => {
          trouble?.root.remove();
          resolve();
        },
        (error) => {
          trouble ??= new Trouble(addBar("page-trouble"), attempt);
          trouble.fail(error);
        },
      );
    attempt();
  });
  return loading;
}

/** A bar at the foot of the window. @param {string} id @param {(Node | string)[]} children */
function addBar(id, ...children) {
  const bar = make("div", { id, className: "bar", role: "alert" }, ...children);
  const host = document.querySelector(".gradio-container") ?? document.body ?? document.documentElement;
  host.append(bar); // in the container the theme's colours hold; very early there is no body
  return bar;
}

async function load() {
  const answer = await request("live/config");
  /** @type {Config} */
  const { set: setName, ...config } = await answer.json();
  const samples = config.samples.map((one) => ({ ...one, image: decodeBase64(one.image) }));
  Object.assign(studio, config, { setName, samples });
  const asked = query.get("model");
  state.model = (studio.models.find((one) => one.name === asked) ?? studio.models[0]).name;
  state.level = studio.limits.start_level;
}

/**
 * Throw if an answer comes from other models than the page's own: their pictures must not mix with its maps.
 * @param {Response} answer
 */
function checkModels(answer) {
  const answering = answer.headers.get("X-Models");
  if (!studio.setName || !answering || answering === studio.setName) return;
  if (!document.getElementById("models-replaced")) {
    const reload = make("button", { type: "button", textContent: "Load again", onclick: () => location.reload() });
    addBar("models-replaced", make("p", { textContent: REPLACED }), reload);
  }
  throw new RequestError(REPLACED, false);
}

/**
 * An answer of the page's server, as it came. Throws a RequestError.
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function request(path, options = {}) {
  let answer;
  try {
    answer = await fetch(new URL(path, document.baseURI), options);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new RequestError("The server cannot be reached. Check the connection and try again.", true, error);
  }
  checkModels(answer);
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  const mayPass = answer.status >= 500 || answer.status === 408 || answer.status === 429;
  throw new RequestError(error ?? `The server could not answer (${answer.status}). Try again.`, mayPass);
}

/**
 * POST JSON, or a file as it is.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 */
function post(path, body, signal) {
  const isFile = body instanceof Blob;
  return request(path, {
    method: "POST",
    signal,
    body: isFile ? body : JSON.stringify(body),
    headers: { "Content-Type": isFile ? "application/octet-stream" : "application/json" },
  });
}

/**
 * The same, for JSON in return.
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
async function api(path, body, signal) {
  const answer = await post(path, body, signal);
  return answer.json();
}

/** GET text. @param {string} path */
async function text(path) {
  const answer = await request(path);
  return answer.text();
}

/**
 * The model of a name.
 * @param {string} name
 * @returns {Model}
 */
export function modelNamed(name) {
  const model = studio.models.find((one) => one.name === name);
  if (!model) throw new Error(`There is no model ${name}.`);
  return model;
}

/** Number of the sample that the page opens with. */
export function firstSample() {
  return Math.min(FIRST, studio.samples.length - 1);
}

/** The part of the state that shows a sample. @param {number} i */
export function sampleState(i) {
  const { image, label } = studio.samples[i];
  return { image, imageLabel: studio.classes[label].name, source: "sample" };
}

/**
 * Address of an asset by name, relative to the page.
 * @param {string} name
 */
export function assetUrl(name) {
  if (!(name in studio.assets)) throw new Error(`There is no asset ${name}.`);
  return studio.assets[name];
}

/**
 * The content of an asset.
 * @param {string} name
 * @param {string} sentence what is said if it cannot be had
 */
export async function assetBytes(name, sentence) {
  const answer = await fetch(assetUrl(name)).catch(() => null);
  if (!answer?.ok) throw new Error(sentence);
  return answer.arrayBuffer();
}

/** Whether the page has no server: deploy/static_site.py made it. */
export const isStatic = document.documentElement.dataset.edition === "static";

const query = new URLSearchParams(location.search);
const functions = { state, set, subscribe, ready, api, text, query, say: announce };

/** @typedef {Omit<Config, "set" | "samples"> & {setName: string, samples: {index: number, label: number, image: Uint8Array}[]}} Loaded */
export const studio = /** @type {typeof functions & Loaded} */ (functions);

Object.assign(window, { studio });
ready(); // at once, for all who need it
