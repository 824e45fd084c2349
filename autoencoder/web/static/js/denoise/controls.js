/* The controls, tied to the state both ways. */

/** A radio button a model. */
function offerModels(host) {
  host.replaceChildren(...studio.models.map(({ name }) => {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "model", value: name });
    label.append(input, Object.assign(document.createElement("span"), { textContent: name }));
    return label;
  }));
}

/** A group of radio buttons whose values are those of a key of the state. */
function bindRadio(host, key) {
  host.addEventListener("change", (event) => studio.set({ [key]: event.target.value }));
  const show = () => {
    for (const input of host.querySelectorAll("input")) input.checked = input.value === studio.state[key];
  };
  studio.subscribe([key], show);
  show();
}

/** The slider, its number and the mark below. While the number is being typed only the slider is written. */
function bindLevel(host) {
  const { max_level: most, reference_level: reference } = studio.limits;
  const range = host.querySelector("input[type=range]");
  const number = host.querySelector("input[type=number]");
  const show = () => {
    const { level } = studio.state;
    range.value = level;
    range.style.setProperty("--filled", level / most);
    range.setAttribute("aria-valuetext", `noise level ${level.toFixed(2)}`);
    if (document.activeElement !== number) number.value = level;
  };
  host.addEventListener("input", ({ target: { value } }) => {
    const level = Number(value);
    if (value === "" || !Number.isFinite(level)) return;
    studio.set({ level: Math.round(Math.min(most, Math.max(0, level)) * 100) / 100 });
  });
  // Left, the number shows what counts: it may have been emptied, or hold more than it can mean.
  number.addEventListener("blur", () => { number.value = studio.state.level; });
  host.querySelector(".reference-level").addEventListener("click", () => studio.set({ level: reference }));
  studio.subscribe(["level"], show);
  show();
}

function bindSeed(host, onError) {
  const { max_seed: most } = studio.limits;
  const input = host.querySelector("input");
  const show = () => {
    input.setAttribute("aria-invalid", "false");
    if (input.value !== String(studio.state.seed)) input.value = studio.state.seed;
  };
  input.addEventListener("input", () => {
    const seed = Number(input.value);
    const valid = input.value !== "" && Number.isInteger(seed) && seed >= 0 && seed <= most;
    input.setAttribute("aria-invalid", String(!valid));
    onError(valid ? "" : `The seed must be a whole number between 0 and ${most}.`);
    if (valid) studio.set({ seed });
  });
  input.addEventListener("blur", show);
  host.querySelector(".reroll").addEventListener("click", () => {
    onError("");
    studio.set({ seed: Math.floor(Math.random() * 10_000) });
  });
  studio.subscribe(["seed"], () => { onError(""); show(); });
  show();
}
