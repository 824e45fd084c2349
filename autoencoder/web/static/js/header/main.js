// @ts-check
/* The header: what holds for the whole page, its tabs, and under it what could not be loaded. */
import { find, make } from "../lib/dom.js";
import { studio } from "../lib/studio.js";
import { bindPresentation } from "./present.js";
import { followTabs, tabsAreThere } from "./tabs.js";
import { Tour } from "./tour.js";

/** @param {HTMLElement} root */
export async function start(root) {
  keepLanguage();
  keepPage();
  studio.say(""); // only from a region that is there already are its first words heard
  await tabsAreThere();
  followTabs();
  await studio.ready();
  bindPresentation(find(root, "[data-do=present]", HTMLButtonElement));
  new Tour(root);
  if (!studio.missing.length) return;
  const sentences = studio.missing.map((sentence) => make("p", { textContent: sentence }));
  const notice = make("div", { id: "missing-models", role: "note", ariaLabel: "What is missing" }, ...sentences);
  find(root, "header", HTMLElement).after(notice);
}

/** The page speaks English whatever the browser does: Gradio tells the latter's language. */
function keepLanguage() {
  const page = document.documentElement;
  const tell = () => {
    if (page.lang !== "en") page.lang = "en";
  };
  tell();
  new MutationObserver(tell).observe(page, { attributeFilter: ["lang"] });
}

/** What is dropped where nothing takes it: else the browser would leave the page for it. */
function keepPage() {
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
}
