/* Links: the view as an address, and an address as the view. */

/** The state that the page's address asks for; what it does not name, or names wrongly, is left out. */
function stateFromLink() {
  const { query, samples, classes, models, kinds, limits } = studio;
  const patch = {};
  const whole = (name, low, high) => {
    const text = query.get(name);
    const value = Number(text);
    return text && Number.isInteger(value) && value >= low && value <= high ? value : null;
  };
  const sample = whole("sample", 0, samples.length - 1);
  const own = ownImage(query.get("image"));
  if (sample !== null) Object.assign(patch, { image: samples[sample].image, imageLabel: classes[sample].name, source: "sample" });
  else if (own) Object.assign(patch, { image: own, imageLabel: "A shared picture", source: "link" });
  const seed = whole("seed", 0, limits.max_seed);
  if (seed !== null) patch.seed = seed;
  if (kinds.some((kind) => kind.value === query.get("noise"))) patch.noise = query.get("noise");
  if (models.some((model) => model.name === query.get("model"))) patch.model = query.get("model");
  const level = Number(query.get("level"));
  if (query.get("level") && level >= 0 && level <= limits.max_level) patch.level = Math.round(level * 100) / 100;
  return patch;
}

/** 784 grey levels from the address, or null. */
function ownImage(text) {
  try {
    const bytes = studio.decodeBase64((text ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    return bytes.length === 784 ? bytes : null;
  } catch {
    return null; // not base64
  }
}

function linkToView() {
  const { image, noise, level, seed, model } = studio.state;
  const url = new URL(location.href);
  for (const key of [...url.searchParams.keys()]) if (key !== "__theme") url.searchParams.delete(key);
  const sample = Samples.chosen();
  const picture = sample >= 0
    ? { sample }
    : { image: studio.encodeBase64(image).replaceAll("+", "-").replaceAll("/", "_") };
  const parts = { tab: "denoise", ...picture, noise, level: level.toFixed(2), seed, model };
  for (const [key, value] of Object.entries(parts)) url.searchParams.set(key, value);
  return url;
}

async function copyLink(button) {
  const url = linkToView();
  history.replaceState(null, "", url); // the address bar serves where the clipboard is refused
  let words = "Copied";
  try {
    await navigator.clipboard.writeText(url.href);
    studio.say("Link copied.");
  } catch {
    words = "See address bar";
    studio.say("The link is in the address bar.");
  }
  button.textContent = words;
  setTimeout(() => { button.textContent = "Copy link"; }, 1600);
}
