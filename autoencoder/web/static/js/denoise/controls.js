/* Ties Gradio's own controls to the state, both ways, through their DOM: no server event is involved. */

const MAX_LEVEL = 0.6;
const MAX_SEED = 2 ** 31 - 1;
let echoing = false; // true while the page itself writes into a control

/** Write into an input so that Svelte notices. */
function writeInput(input, value) {
  if (input.value === String(value)) return;
  echoing = true;
  input.value = value;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  echoing = false;
}

/** When a number box is left, show in it what counts: it may have been emptied, or hold more than it can mean. */
function onLeave(host, show) {
  // Gradio corrects the box on the same event (an empty one to its least value), and Svelte draws that later.
  host.addEventListener("focusout", () => requestAnimationFrame(() => requestAnimationFrame(show)));
}

function onInput(host, selector, fn) {
  host.addEventListener("input", (event) => {
    if (!echoing && event.target.matches(selector)) fn(event.target);
  });
}

/** The slider and its number. While one is held it is the master: only the other is written. */
function bindLevel(host) {
  onInput(host, "input", (input) => {
    const level = Number(input.value);
    if (input.value === "" || !Number.isFinite(level)) return;
    studio.set({ level: Math.round(Math.min(MAX_LEVEL, Math.max(0, level)) * 100) / 100 });
  });
  const range = host.querySelector("input[type=range]");
  const number = host.querySelector("input[type=number]");
  onLeave(host, () => [range, number].forEach((input) => writeInput(input, studio.state.level)));
  const tell = () => range.setAttribute("aria-valuetext", `noise level ${studio.state.level.toFixed(2)}`);
  const show = ({ level }) => {
    if (document.activeElement?.type !== "number") writeInput(range, level);
    tell();
  };
  studio.subscribe(["level"], show);
  show(studio.state);
}

function bindSeed(host, onError) {
  const input = host.querySelector("input");
  onInput(host, "input", () => {
    const seed = Number(input.value);
    const valid = input.value !== "" && Number.isInteger(seed) && seed >= 0 && seed <= MAX_SEED;
    input.setAttribute("aria-invalid", String(!valid));
    onError(valid ? "" : `The seed must be a whole number between 0 and ${MAX_SEED}.`);
    if (valid) studio.set({ seed });
  });
  studio.subscribe(["seed"], ({ seed }) => {
    writeInput(input, seed);
    onError("");
  });
  writeInput(input, studio.state.seed);
  onLeave(host, () => {
    writeInput(input, studio.state.seed);
    input.setAttribute("aria-invalid", "false");
  });
  const reroll = document.createElement("button");
  Object.assign(reroll, { type: "button", className: "reroll", textContent: "⟳", title: "Re-roll: other noise of the same kind" });
  reroll.setAttribute("aria-label", "Re-roll the noise");
  reroll.addEventListener("click", () => studio.set({ seed: Math.floor(Math.random() * 10_000) }));
  host.append(reroll);
}

/** A group of radio buttons whose order is that of `values`. */
function bindRadio(host, key, values) {
  const inputs = [...host.querySelectorAll("input[type=radio]")];
  host.addEventListener("change", (event) => {
    const chosen = inputs.indexOf(event.target);
    if (chosen >= 0) studio.set({ [key]: values[chosen] });
  });
  const show = () => {
    const input = inputs[values.indexOf(studio.state[key])];
    if (input && !input.checked) input.click();
  };
  studio.subscribe([key], show);
  show();
}

/** A mark under the slider at the reference experiment's level, that sets it. */
function markReference(host) {
  const mark = document.createElement("button");
  mark.type = "button";
  mark.className = "reference-level";
  mark.textContent = "0.25 reference level";
  mark.title = "The noise of the reference experiment: set this level";
  mark.addEventListener("click", () => studio.set({ level: 0.25 }));
  host.append(mark);
}
