// @ts-check
/* The tabs in the address: to choose one is a step of the browser's history. */
import { keepInAddress, viewChanged, writeAddress } from "../lib/address.js";

const NAMED = /^tab-(\w+)-button$/;

export function followTabs() {
  const asked = () => {
    const name = new URLSearchParams(location.search).get("tab") ?? "";
    return buttons(name).length ? name : "denoise";
  };
  let tab = asked();
  keepInAddress(() => ({ tab }));
  new MutationObserver(() => {
    const now = shownTab();
    if (!now || now === tab) return;
    writeAddress(); // of the tab that is left
    tab = now;
    writeAddress("pushState");
  }).observe(document.body, { attributeFilter: ["aria-selected"], subtree: true });
  addEventListener("popstate", () => {
    tab = asked();
    showTab(tab);
    viewChanged(); // what was chosen meanwhile stays
  });
}

/** @param {string} name */
export function showTab(name) {
  if (shownTab() !== name) buttons(name).at(-1)?.click();
}

/** Gradio lays the tabs' buttons out twice, the second time to be seen. @param {string} name @returns {HTMLElement[]} */
function buttons(name) {
  return [...document.querySelectorAll(`[id="tab-${CSS.escape(name)}-button"]`)].filter(
    (one) => one instanceof HTMLElement,
  );
}

function shownTab() {
  return NAMED.exec(document.querySelector("[role=tab][aria-selected=true]")?.id ?? "")?.[1];
}
