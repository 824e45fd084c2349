// @ts-check
/* The panel's pages: tabs as WAI-ARIA's pattern has them, one page at a time. */
import { viewChanged } from "../lib/address.js";
import { find, isCommand } from "../lib/dom.js";

export class PanelPages {
  /** @param {HTMLElement} root the tab's section */
  constructor(root) {
    const list = find(root, "[role=tablist]", HTMLElement);
    this.tabs = [...list.querySelectorAll("button")];
    list.addEventListener("click", ({ target }) => {
      if (target instanceof HTMLButtonElement) this.show(this.nameOf(target));
    });
    list.addEventListener("keydown", (event) => this.key(event));
    this.shown = "";
    this.show(this.nameOf(this.tabs[0]));
  }

  /** @param {HTMLElement} tab */
  nameOf(tab) {
    return tab.id.replace("lm-tab-", "");
  }

  /** Show a page by its name; none of another name. @param {string} name */
  show(name) {
    if (!this.tabs.some((tab) => this.nameOf(tab) === name && !tab.hidden)) return;
    this.shown = name;
    for (const tab of this.tabs) {
      const isShown = this.nameOf(tab) === name;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
      find(document, `#${tab.getAttribute("aria-controls")}`, HTMLElement).hidden = !isShown;
    }
    viewChanged();
  }

  isFirst() {
    return this.shown === this.nameOf(this.tabs[0]);
  }

  /** Offer a page, or withdraw it. @param {string} name @param {boolean} isThere */
  offer(name, isThere) {
    for (const tab of this.tabs) if (this.nameOf(tab) === name) tab.hidden = !isThere;
    if (!isThere && this.shown === name) this.show(this.nameOf(this.tabs[0]));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const tabs = this.tabs.filter((tab) => !tab.hidden);
    const from = tabs.findIndex((tab) => tab === document.activeElement);
    const to = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (from < 0 || to === undefined || isCommand(event)) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    this.show(this.nameOf(tab));
    tab.focus();
  }
}
