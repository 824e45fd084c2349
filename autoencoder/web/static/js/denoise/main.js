/* The Denoise tab: puts the parts together. `element` is the root of the stage. */

const FIRST = 9; // the ankle boot: its shape survives the bottleneck, its details do not
/** Resolves when an element is on screen: until then nothing need be fetched for it. */
function onScreen(target) {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(target);
  });
}

/** What is wrong, by who says so: that the server answers again must not silence a complaint about the seed. */
class Alert {
  constructor(root) {
    this.root = root;
    this.sentences = new Map();
  }

  show(from, sentence) {
    this.sentences.set(from, sentence);
    this.root.textContent = [...this.sentences.values()].filter(Boolean).join(" ");
    this.root.hidden = !this.root.textContent;
  }
}

function bindControls(alert) {
  const get = (selector) => document.querySelector(selector);
  offerModels(get("#model div"));
  bindRadio(get("#noise-kind"), "noise");
  bindRadio(get("#model"), "model");
  bindSeed(get("#noise-seed"), (sentence) => alert.show("seed", sentence));
  bindLevel(get("#noise-level"));
  const player = new Player(get("#denoise-play button"));
  get("#noise-level").addEventListener("pointerdown", () => player.pause());
  get("#noise-level").addEventListener("keydown", () => player.pause());
  const link = get("#denoise-actions [data-do=link]");
  link.addEventListener("click", () => copyLink(link));
}

/** Paint on the next frame, however many changes come before it. */
function paintOnChange(stage, strips) {
  const parts = [new Pictures(stage), new CodePlane(stage), new Metrics(stage)];
  const compare = new Compare(stage.querySelector(".compare-row"), strips);
  let frame = null;
  const paint = () => {
    frame = null;
    const { strip } = studio.state;
    if (!strip) return;
    for (const part of parts) part.paint(strip, rowNow(strip));
    compare.paint();
    stage.setAttribute("aria-busy", "false");
  };
  const schedule = () => { frame ??= requestAnimationFrame(paint); };
  studio.subscribe(["strip", "level", "model"], schedule);
  strips.onChange(schedule);
  studio.subscribe(["stripPending"], ({ stripPending }) => stage.classList.toggle("is-pending", stripPending));
  new MutationObserver(schedule).observe(document.body, { attributeFilter: ["class"] }); // dark or light
}

/** Tell the outcome in words once things rest, not at every tick. */
function tellOutcome() {
  let timer = null;
  studio.subscribe(["strip", "level"], () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const { strip, level, imageLabel } = studio.state;
      if (strip) studio.say(`${imageLabel}, noise ${level.toFixed(2)}. ${sentence(strip.noisy_scores.mse[rowNow(strip)], strip.scores.mse[rowNow(strip)])}`);
    }, 900);
  });
}

/** What is shown when nothing has been chosen by a link or on another tab. */
function firstPicture() {
  if (studio.state.image) return {};
  return { image: studio.samples[FIRST].image, imageLabel: studio.classes[FIRST].name, source: "sample" };
}

async function startDenoise() {
  const stage = element.querySelector(".stage");
  const alert = new Alert(stage.querySelector("#denoise-error"));
  try {
    await studio.ready();
  } catch (error) {
    alert.show("server", error.message);
    return;
  }
  // At once, not when the tab is first seen: by then the visitor may have chosen otherwise on the map.
  studio.set(stateFromLink());
  bindControls(alert);
  new Samples(element.querySelector("#samples"));
  await onScreen(stage.querySelector(".pictures"));
  const strips = new Strips((sentence) => alert.show("server", sentence));
  new DrawPad(element.querySelector("#draw"));
  const source = new Source(element.querySelector("#seen"));
  new Upload(element.querySelector("#upload"), (picture) => source.receive(picture));
  paintOnChange(stage, strips);
  tellOutcome();
  studio.set(firstPicture());
  if (!strips.running) strips.refresh(); // the picture was there already: from a link or another tab
}

startDenoise();
