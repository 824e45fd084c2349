// @ts-check
/* The Denoise tab: puts the parts together. */
import { copyLink } from "../lib/copy.js";
import { find } from "../lib/dom.js";
import { rowOf } from "../lib/levels.js";
import { sentenceOf, studio } from "../lib/studio.js";
import { Comparison } from "./compare.js";
import { bindControls } from "./controls.js";
import { DrawPad } from "./draw.js";
import { linkToView, stateFromLink } from "./link.js";
import { Metrics } from "./metrics.js";
import { Pictures } from "./pictures.js";
import { CodePlane } from "./plane.js";
import { Player } from "./play.js";
import { Samples, sampleState } from "./samples.js";
import { Source } from "./source.js";
import { Strips } from "./strips.js";
import { Upload } from "./upload.js";
import { verdict } from "./verdict.js";

const FIRST = 9; // the ankle boot: its shape survives the bottleneck, its details do not
const TELL_AFTER = 900; // ms of rest until the outcome is told in words

/**
 * Fill the tab.
 * @param {HTMLElement} root
 */
export async function start(root) {
  const stage = find(root, ".stage", HTMLElement);
  const alert = new Alert(find(stage, "#denoise-error", HTMLElement));
  try {
    await studio.ready();
  } catch (error) {
    alert.show("server", sentenceOf(error));
    return;
  }
  // At once, not when the tab is first seen: by then the visitor may have chosen otherwise on the map.
  studio.set(stateFromLink());
  bindControls(root, (sentence) => alert.show("seed", sentence));
  bindButtons(root);
  new Samples(find(root, "#samples", HTMLElement));
  await onScreen(find(stage, ".pictures", HTMLElement));
  const strips = new Strips((sentence) => alert.show("server", sentence));
  new DrawPad(find(root, "#draw", HTMLElement));
  const source = new Source(find(root, "#seen", HTMLElement));
  new Upload(find(root, "#upload", HTMLElement), (answer) => source.receive(answer));
  paintOnChange(stage, strips);
  tellOutcome();
  if (!studio.state.image) studio.set(sampleState(Math.min(FIRST, studio.samples.length - 1)));
  if (!strips.running) strips.refresh(); // the picture was there already: from a link or another tab
}

/** What is wrong, by who says so: that the server answers again must not silence a complaint about the seed. */
class Alert {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.sentences = new Map();
  }

  /**
   * @param {string} from
   * @param {string} sentence
   */
  show(from, sentence) {
    this.sentences.set(from, sentence);
    this.root.textContent = [...this.sentences.values()].filter(Boolean).join(" ");
    this.root.hidden = !this.root.textContent;
  }
}

/** @param {HTMLElement} root */
function bindButtons(root) {
  const player = new Player(find(root, "#denoise-play button", HTMLButtonElement));
  const level = find(root, "#noise-level", HTMLElement);
  for (const name of ["pointerdown", "keydown"]) level.addEventListener(name, () => player.pause());
  const link = find(root, "#denoise-actions [data-do=link]", HTMLButtonElement);
  link.addEventListener("click", () => copyLink(linkToView(), link));
}

/** Resolves when an element is within half a screen of being seen: until then nothing need be fetched for it. @param {HTMLElement} target */
function onScreen(target) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const observer = new IntersectionObserver(
        (entries) => {
          if (!entries.some((entry) => entry.isIntersecting)) return;
          observer.disconnect();
          resolve();
        },
        { rootMargin: "50%" },
      );
      observer.observe(target);
    })
  );
}

/**
 * Paint on the next frame, however many changes come before it.
 * @param {HTMLElement} stage
 * @param {Strips} strips
 */
function paintOnChange(stage, strips) {
  const parts = [new Pictures(stage), new CodePlane(stage), new Metrics(stage)];
  const comparison = new Comparison(stage, strips);
  let frame = 0;
  const paint = () => {
    frame = 0;
    const { strip, level } = studio.state;
    if (!strip) return;
    for (const part of parts) part.paint(strip, rowOf(strip.levels, level));
    comparison.paint();
    stage.setAttribute("aria-busy", "false");
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(paint);
  };
  studio.subscribe(["strip", "level", "model"], schedule);
  strips.onChange(schedule);
  studio.subscribe(["stripPending"], ({ stripPending }) => stage.classList.toggle("is-pending", stripPending));
  new MutationObserver(schedule).observe(document.body, { attributeFilter: ["class"] }); // dark or light
}

/** Tell the outcome in words once things rest, not at every tick. */
function tellOutcome() {
  let timer = 0;
  const tell = () => {
    const { strip, level, imageLabel } = studio.state;
    if (!strip) return;
    const row = rowOf(strip.levels, level);
    const found = verdict(strip.noisy_scores.mse[row] ?? 0, strip.scores.mse[row] ?? 0);
    studio.say(`${imageLabel}, noise ${level.toFixed(2)}. ${found}`);
  };
  studio.subscribe(["strip", "level"], () => {
    clearTimeout(timer);
    timer = window.setTimeout(tell, TELL_AFTER);
  });
}
