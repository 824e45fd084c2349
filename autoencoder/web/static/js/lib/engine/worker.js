// @ts-check
/* The worker in which the page's own models encode: a strip takes several frames. */
import { answerBy } from "../worker_calls.js";
import { keepInstances } from "./wasm_instances.js";
import { BrowserModel } from "./model.js";

/** @type {Map<string, BrowserModel>} by name */
const models = new Map();

keepInstances();
answerBy({
  load: ({ model, file }) => void models.set(model, new BrowserModel(file)),
  strip: ({ model, ...request }) => models.get(model)?.strip(request),
  encode: ({ model, images }) => models.get(model)?.encode(images),
});
