// @ts-check
/* The frame of the static edition: what Gradio does for the app. Tabs, dark or light, and a part's script when the part
   is first seen; at last all that is left to fetch, so that the page goes on without a network. */

const AFTER_STRIP = 1000; // ms
const AFTER_OTHERS = 5000; // ms from loading, for tabs that ask for no strip

const query = new URLSearchParams(location.search);
const tabs = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("#tabs .tab-container [role=tab]")]);
/** @type {Map<HTMLElement, Promise<void>>} */
const started = new Map();

/** Start the part that an element holds, once, and say so if that fails. @param {HTMLElement} part */
function start(part) {
  const { script = "" } = part.dataset;
  const load = () => import(new URL(script, document.baseURI).href);
  const failed = (/** @type {unknown} */ error) => {
    console.error(error);
    part.insertAdjacentHTML("afterbegin", '<p role="alert">This part could not be loaded. Load the page again.</p>');
  };
  const running =
    started.get(part) ??
    load()
      .then((one) => one.start(part))
      .catch(failed);
  started.set(part, running);
  return running;
}

/** @param {HTMLElement} tab */
function panelOf(tab) {
  return /** @type {HTMLElement} */ (document.getElementById(tab.getAttribute("aria-controls") ?? ""));
}

/** Show a tab. @param {HTMLElement} chosen */
function choose(chosen) {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.classList.toggle("selected", isChosen);
    tab.tabIndex = isChosen ? 0 : -1;
    panelOf(tab).hidden = !isChosen;
    tab.setAttribute("aria-selected", String(isChosen));
  }
  start(panelOf(chosen));
}

/** Dark or light, as the address or else the system says. */
function colour() {
  const asked = query.get("__theme");
  const isDark = asked ? asked === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.body.classList.toggle("dark", isDark);
}

/** Fetch the scripts that the first view did without. */
async function loadLater() {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("later"));
  const links = /** @type {HTMLLinkElement[]} */ ([...template.content.children]);
  const ends = links.map(
    (link) => new Promise((resolve) => Object.assign(link, { onload: resolve, onerror: resolve })),
  );
  document.head.append(...links);
  if (links[0].relList.supports("modulepreload")) await Promise.all(ends);
}

/** Fetch all files that the page may need, and let it find them here. */
async function keepAll() {
  await loadLater();
  const { studio } = /** @type {any} */ (window);
  for (const tab of tabs) await start(panelOf(tab));
  for (const image of document.querySelectorAll("img")) image.loading = "eager";
  for (const [name, url] of Object.entries(studio.assets)) {
    if (url.startsWith("blob:") || /\.(png|js)$/.test(name)) continue; // the report fetches them itself
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) studio.assets[name] = URL.createObjectURL(await answer.blob());
  }
  for (const { name } of studio.models) await studio.engine.prepare(name).catch(() => {});
  await studio.sampleSprite().catch(() => {});
  document.documentElement.dataset.kept = "true";
}

tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => choose(tab));
  tab.addEventListener("keydown", ({ key, altKey, ctrlKey, metaKey }) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (!step || altKey || ctrlKey || metaKey) return; // with them it is the browser's
    const next = tabs[(i + step + tabs.length) % tabs.length];
    next.focus();
    choose(next);
  });
});
colour();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-script]:not([role])")))
  start(part);
const first = tabs.find((tab) => tab.id === `tab-${query.get("tab")}-button`) ?? tabs[0];
choose(first);
start(panelOf(tabs[0])); // as in the app: it takes its state from the link before the visitor chooses otherwise
addEventListener("load", () => {
  const { studio } = /** @type {any} */ (window);
  const saves = /** @type {any} */ (navigator).connection?.saveData;
  if (saves) return;
  if (first !== tabs[0]) {
    setTimeout(keepAll, AFTER_OTHERS);
    return;
  }
  const firstSeen = () => {
    if (!studio.state.strip) return;
    stop();
    setTimeout(keepAll, AFTER_STRIP);
  };
  const stop = studio.subscribe(["strip"], firstSeen);
  firstSeen(); // it may have come before the last picture
});
