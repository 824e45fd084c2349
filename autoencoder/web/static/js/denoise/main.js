// @ts-check
/* The Denoise tab: puts the parts together. */
import { copyLink, keepInAddress, viewChanged } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { rowOf } from "../lib/levels.js";
import { firstSample, sampleState, studio } from "../lib/studio.js";
import { BottleneckSlider } from "./bottleneck_width.js";
import { Comparison } from "./compare.js";
import { bindControls } from "./controls.js";
import { DrawPad } from "./draw_pad.js";
import { CodeSliders } from "./code_sliders.js";
import { stateFromLink, view } from "./link.js";
import { MetricsTable } from "./metrics.js";
import { Pictures } from "./pictures.js";
import { CodePlane } from "./code_plane.js";
import { Player } from "./play.js";
import { Samples } from "./samples.js";
import { ModelInput } from "./model_input.js";
import { Strips } from "./strips.js";
import { TransformPanel } from "./transform_panel.js";
import { Upload } from "./upload.js";
import { verdict } from "./verdict.js";

const TELL_AFTER = 900; // ms of rest until the outcome is told in words

/**
 * Fill the tab.
 * @param {HTMLElement} root
 */
export async function start(root) {
  const stage = find(root, ".stage", HTMLElement);
  await studio.ready();
  // At once, not when the tab is first seen: by then the visitor may have chosen otherwise on the map.
  studio.set(stateFromLink());
  keepInAddress(view);
  studio.subscribe(["image", "noise", "seed", "level", "model"], viewChanged);
  const seedError = find(stage, "#seed-error", HTMLElement);
  bindControls(root, (sentence) => Object.assign(seedError, { textContent: sentence, hidden: !sentence }));
  bindButtons(root);
  new Samples(find(root, "#samples", HTMLElement));
  shown(root).then(() => begin(root, stage));
}

/**
 * What is needed only once the tab is seen.
 * @param {HTMLElement} root
 * @param {HTMLElement} stage
 */
function begin(root, stage) {
  const strips = new Strips(stage);
  // A choice that is pressed again asks again for what could not be had, and so does another engine.
  root.addEventListener("click", () => strips.pressed());
  engine.onChange(() => strips.pressed());
  new DrawPad(find(root, "#draw", HTMLElement));
  bindUpload(root);
  new TransformPanel(stage);
  paintOnChange(stage, strips);
  new BottleneckSlider(find(stage, ".bottleneck", HTMLDetailsElement));
  tellOutcome(stage);
  if (!studio.state.image) studio.set(sampleState(firstSample()));
  if (!strips.running) strips.refresh(); // the picture was there already: from a link or another tab
}

/** @param {HTMLElement} root */
function bindUpload(root) {
  const picture = new ModelInput(find(root, "#seen", HTMLElement), (name, on) => upload.choose(name, on));
  const upload = new Upload(root, {
    onSight: (sight) => picture.receive(sight),
    onRefusal: () => picture.show(), // the switches go back to what was done
  });
}

/** @param {HTMLElement} root */
function bindButtons(root) {
  const player = new Player(find(root, "#denoise-play button", HTMLButtonElement));
  const level = find(root, "#noise-level", HTMLElement);
  const sliders = find(root, ".code-sliders", HTMLElement); // each step would take them back to the picture's own code
  for (const name of ["pointerdown", "keydown"])
    for (const part of [level, sliders]) part.addEventListener(name, () => player.pause());
  const link = find(root, "#denoise-actions [data-do=link]", HTMLButtonElement);
  link.addEventListener("click", () => copyLink(link));
}

/** Resolves when the tab is shown, at any height of the window: until then nothing need be fetched for it. @param {HTMLElement} root */
function shown(root) {
  return /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      const observer = new ResizeObserver(() => {
        if (!root.checkVisibility()) return;
        observer.disconnect();
        resolve();
      });
      observer.observe(root);
    })
  );
}

/**
 * Paint on the next frame, however many changes come before it.
 * @param {HTMLElement} stage
 * @param {Strips} strips
 */
function paintOnChange(stage, strips) {
  const pictures = new Pictures(stage);
  const sliders = new CodeSliders(stage, pictures, () => schedule());
  const parts = [pictures, new CodePlane(stage), new MetricsTable(stage), sliders];
  const comparison = new Comparison(stage, strips);
  let [frame, isShown] = [0, true];
  const paint = () => {
    frame = 0;
    if (!isShown) return;
    const { strip, level, image, drawing, stripStatus } = studio.state;
    stage.classList.toggle("is-pending", stripStatus !== "");
    // What is left of another garment would stand beside the name of this one.
    const isOther = Boolean(strip && strips.trouble.isOn && strip.image !== image && !drawing);
    stage.classList.toggle("is-other", isOther);
    const row = strip ? rowOf(strip.levels, level) : 0;
    if (image && isOther) {
      pictures.clear(image);
      sliders.hold(false);
    } else if (strip && !sliders.holds(strip, row)) for (const part of parts) part.paint(strip, row);
    if (!strip) return;
    comparison.paint();
    stage.setAttribute("aria-busy", "false");
  };
  const schedule = () => {
    frame ||= requestAnimationFrame(paint);
  };
  studio.subscribe(["image", "strip", "level", "model", "stripStatus"], schedule);
  strips.onChange(schedule);
  new ResizeObserver(([{ contentRect }]) => {
    const wasShown = isShown;
    isShown = contentRect.width > 0;
    if (!isShown || wasShown) return;
    strips.refresh(); // what changed while another tab was shown
    paint();
  }).observe(stage);
  new MutationObserver(schedule).observe(document.body, { attributeFilter: ["class"] }); // dark or light
}

/** Tell the outcome in words once things rest, not at every tick. @param {HTMLElement} stage */
function tellOutcome(stage) {
  let timer = 0;
  const tell = () => {
    const { strip, level, image, imageLabel } = studio.state;
    if (!strip || strip.image !== image || !stage.checkVisibility()) return;
    const row = rowOf(strip.levels, level);
    const found = verdict(strip.noisy_scores.mse[row] ?? 0, strip.scores.mse[row] ?? 0);
    studio.say(`${imageLabel}, noise ${level.toFixed(2)}. ${found}`);
  };
  studio.subscribe(["strip", "level"], () => {
    clearTimeout(timer);
    timer = window.setTimeout(tell, TELL_AFTER);
  });
}
