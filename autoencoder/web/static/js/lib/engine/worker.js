// @ts-check
/* The worker in which the page's own models encode: a strip takes several frames. */
import { BrowserModel } from "./model.js";

/** @type {Map<string, BrowserModel>} by name */
const models = new Map();

/** @type {Record<string, (name: string, request: any) => unknown>} */
const TASKS = {
  load: (name, file) => void models.set(name, new BrowserModel(file)),
  strip: (name, request) => models.get(name)?.strip(request),
  encode: (name, image) => models.get(name)?.encode(image),
};

addEventListener("message", ({ data: { id, task, model, request } }) => {
  try {
    postMessage({ id, answer: TASKS[task](model, request) });
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
});
