// @ts-check
/* Finding and making elements. */

/**
 * The part of an element that a selector names.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type what it must be
 * @returns {T}
 */
export function find(root, selector, type) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`${selector} is missing.`);
  return found;
}

/**
 * An element with properties and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<HTMLElementTagNameMap[K]>} [properties]
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

/**
 * A canvas of one picture, for decoration only.
 * @returns {HTMLCanvasElement}
 */
export function thumbnail() {
  const canvas = make("canvas", { width: 28, height: 28 });
  canvas.setAttribute("aria-hidden", "true");
  return canvas;
}

/** Whether a key is the browser's own: with Alt, an arrow goes back. @param {KeyboardEvent} event */
export function isCommand({ altKey, ctrlKey, metaKey }) {
  return altKey || ctrlKey || metaKey;
}

/** @type {HTMLElement | null} */
let status = null;

/**
 * Tell screen readers something.
 * @param {string} text
 */
export function announce(text) {
  if (!status?.isConnected) {
    status = make("div", { className: "studio-voice" });
    status.setAttribute("role", "status");
    status.setAttribute("aria-live", "polite");
    document.body.append(status);
  }
  status.textContent = text;
}

/**
 * Show a word on a button for a moment.
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
export function flash(button, text) {
  const before = (button.dataset.label ??= button.textContent ?? "");
  button.textContent = text;
  setTimeout(() => {
    button.textContent = before;
  }, 1600);
}
