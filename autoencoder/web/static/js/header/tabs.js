// @ts-check
/* The tabs in the address: to choose one is a step of the browser's history. */
import { keepInAddress, viewChanged, writeAddress } from "../lib/address.js";
import { studio } from "../lib/studio.js";

const NAMED = /^tab-(\w+)-button$/;

export function followTabs() {
  const askedBy = (/** @type {URLSearchParams} */ query) => {
    const name = query.get("tab") ?? "";
    return button(name) ? name : undefined;
  };
  let tab = askedBy(studio.query) ?? shownTab() ?? "denoise";
  let isShown = shownTab() === tab; // Gradio shows its first tab before the one that is asked for
  keepInAddress(() => ({ tab }));
  viewChanged(); // another part may have written the address without the tab
  new MutationObserver(() => {
    const now = shownTab();
    isShown ||= now === tab;
    if (!now || now === tab || !isShown) return;
    writeAddress(); // of the tab that is left
    tab = now;
    writeAddress("pushState");
  }).observe(document.body, { attributeFilter: ["aria-selected"], subtree: true });
  addEventListener("popstate", () => {
    tab = askedBy(new URLSearchParams(location.search)) ?? "denoise";
    showTab(tab);
    viewChanged(); // what was chosen meanwhile stays
  });
}

/** Gradio lays the header out before its tabs; until they are there nothing can be shown. @returns {Promise<void>} */
export function tabsAreThere() {
  return new Promise((resolve) => {
    const look = () => {
      if (!shownTab()) return;
      observer.disconnect();
      resolve();
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, attributeFilter: ["aria-selected"], subtree: true });
    look();
  });
}

/** @param {string} name */
export function showTab(name) {
  if (shownTab() !== name) button(name)?.click();
}

/** @param {string} name */
function button(name) {
  return document.getElementById(`tab-${name}-button`);
}

function shownTab() {
  return NAMED.exec(document.querySelector("[role=tab][aria-selected=true]")?.id ?? "")?.[1];
}
