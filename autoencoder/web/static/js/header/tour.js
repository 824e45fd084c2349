// @ts-check
/* The tour: five states of the page, each with a few words. */
import { keepInAddress, viewChanged } from "../lib/address.js";
import { find, make, thumbnail } from "../lib/dom.js";
import { rowOf } from "../lib/levels.js";
import { integerIn } from "../lib/links.js";
import { PIXELS, drawGrey } from "../lib/pixels.js";
import { fetchStrip } from "../lib/strips.js";
import { studio } from "../lib/studio.js";
import { showTab } from "./tabs.js";

/** @typedef {import("../lib/studio.js").Model} Model */
/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} tab
 * @property {string} look what to look at
 * @property {number} [level] of noise
 */

const NOISY = 0.5;
/** @type {Step[]} */
const STEPS = [
  { name: "squeeze", tab: "denoise", look: ".code-part", level: 0 },
  { name: "denoise", tab: "denoise", look: "#denoised", level: NOISY },
  { name: "guess", tab: "denoise", look: "#noisy", level: NOISY },
  { name: "map", tab: "latent", look: "#latent-map" },
  { name: "width", tab: "denoise", look: ".bottleneck" },
];

export class Tour {
  /** @param {HTMLElement} root the header */
  constructor(root) {
    this.root = find(root, "#tour", HTMLElement);
    this.title = find(this.root, "h2", HTMLElement);
    this.count = find(this.root, ".tour-count", HTMLElement);
    this.answer = find(this.root, ".tour-answer", HTMLElement);
    this.opener = find(root, "[data-do=tour]", HTMLElement);
    this.abort = new AbortController();
    /** @type {{strip: import("../lib/strips.js").Strip, canvas: HTMLCanvasElement}[]} the two to choose from */
    this.guesses = [];
    this.at = 0; // the step of now from 1 on; 0 when no tour is under way
    this.rivals = rivals();
    /** @type {Record<string, boolean | undefined>} */
    const isThere = { guess: this.rivals.length === 2, width: "sweep/pca.safetensors" in studio.assets };
    this.steps = STEPS.filter(({ name }) => isThere[name] ?? true);
    this.next = this.button("next", () => this.go(this.at < this.steps.length ? this.at + 1 : 0));
    this.back = this.button("back", () => this.go(this.at - 1));
    this.button("leave", () => this.go(0));
    this.opener.addEventListener("click", () => this.go(1));
    this.root.addEventListener("keydown", ({ key }) => key === "Escape" && this.go(0));
    const isGuess = () => this.at > 0 && this.steps[this.at - 1].name === "guess";
    studio.subscribe(["image", "noise", "seed"], () => isGuess() && this.ask());
    studio.subscribe(["level"], () => isGuess() && this.paint());
    const asked = integerIn(studio.query, "tour", 1, this.steps.length);
    if (asked) this.go(asked);
    keepInAddress(() => ({ tour: this.at || null }));
  }

  /** @param {string} name @param {() => void} act */
  button(name, act) {
    const button = find(this.root, `[data-do=${name}]`, HTMLButtonElement);
    button.addEventListener("click", act);
    return button;
  }

  /** Show a step; 0 ends the tour. @param {number} at */
  go(at) {
    this.at = at;
    this.root.hidden = !at;
    const hides = at > 0 && this.rivals.length === 2; // only a guess needs anything hidden
    document.body.dataset.tour = hides ? this.steps[at - 1].name : "";
    document.body.classList.toggle("touring", at > 0);
    viewChanged();
    if (!at) {
      this.opener.focus({ preventScroll: true }); // what held the focus goes
      return;
    }
    const step = this.steps[at - 1];
    for (const part of this.root.querySelectorAll("[data-step]")) {
      if (!(part instanceof HTMLElement)) continue;
      part.hidden = part.dataset.step !== step.name;
      if (!part.hidden) this.title.textContent = part.dataset.title ?? "";
    }
    this.count.textContent = `Step ${at} of ${this.steps.length}`;
    this.back.disabled = at === 1;
    this.next.textContent = at === this.steps.length ? "Finish" : "Next";
    this.arrange(step);
    this.title.focus({ preventScroll: true });
  }

  /** Bring the page into a step's state. @param {Step} step */
  arrange(step) {
    const { name, tab, level } = step;
    showTab(tab);
    const first = studio.models[0].name;
    if (level !== undefined) studio.set({ level, model: first, noise: studio.kinds[0].value });
    this.lookAt(step);
    if (name === "guess") this.ask();
  }

  /** Scroll to a step's place, as soon as its tab shows it: a link may come before. @param {Step} step */
  lookAt(step) {
    if (this.steps[this.at - 1] !== step) return; // the visitor went on
    const place = document.querySelector(step.look);
    const fold = place?.closest("details");
    if ((fold ?? place)?.getClientRects().length) {
      if (fold) fold.open = true;
      requestAnimationFrame(() => place?.scrollIntoView({ block: "nearest" }));
    } else {
      requestAnimationFrame(() => this.lookAt(step));
    }
  }

  /** The same noisy picture by two models, which one does not tell. */
  async ask() {
    const host = find(this.root, ".tour-guess", HTMLElement);
    this.answer.textContent = "";
    const { image, noise, seed } = studio.state;
    this.abort.abort();
    if (!image) return; // it will come, and this be asked again
    const { signal } = (this.abort = new AbortController());
    const strips = await Promise.all(
      this.rivals.map(({ name }) => fetchStrip({ model: name, image, noise, seed }, signal)),
    ).catch(() => []);
    if (signal.aborted) return;
    if (!strips.length)
      this.answer.textContent = "The two pictures could not be computed. Go back a step and try again.";
    this.guesses = strips.map((strip) => ({ strip, canvas: thumbnail() }));
    const choices = this.guesses.map(({ canvas }, i) => {
      const onclick = () => this.tell(this.rivals[i]);
      return make("button", { type: "button", onclick }, canvas, make("span", {}, `Model ${"AB"[i]}`));
    });
    host.replaceChildren(...choices);
    this.paint();
  }

  /** A strip holds all levels: draw the two at that of now. */
  paint() {
    for (const { strip, canvas } of this.guesses)
      drawGrey(canvas, strip.reconstruction, rowOf(strip.levels, studio.state.level) * PIXELS);
  }

  /** @param {Model} chosen */
  tell({ saw_noise: isRight }) {
    document.body.dataset.tour = ""; // nothing need be hidden any more
    this.answer.textContent = isRight
      ? "Yes, Model B: it has learnt to leave noise out. Model A mistakes noise for a part of the garment."
      : "No, Model A saw clean pictures only: it mistakes noise for a part of the garment.";
  }
}

/** Two models of one width, one of which was trained on noise: that one second. @returns {Model[]} */
function rivals() {
  const noisy = studio.models.find((one) => one.saw_noise && !one.projected);
  const clean = studio.models.find((one) => one.saw_noise === false && one.latent_dim === noisy?.latent_dim);
  return noisy && clean ? [clean, noisy] : [];
}
