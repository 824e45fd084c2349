// @ts-check
/* Mouse, wheel and touch on the map. A mouse drags it and its wheel zooms; two fingers do both; one finger scrolls the page, unless the
   hand tool is chosen. What neither moves far nor is taken away by the browser's own scrolling is a click. */

/** @typedef {import("../lib/strips.js").Place} Place */

const SLOP = { touch: 8, other: 3 }; // pixels that a click may move
const WHEEL_LINE = 30; // pixels

/**
 * @param {HTMLElement} map
 * @param {import("./plot.js").Plot} plot
 * @param {{isHand: () => boolean, onClick: (place: Place, event: PointerEvent) => void}} options
 */
export function bindGestures(map, plot, { isHand, onClick }) {
  /** @type {Map<number, Place>} places on screen by pointer */
  const down = new Map();
  /** @type {Place} */
  let start = [0, 0];
  let isClick = false;
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (event.isPrimary) down.clear(); // of what was lifted elsewhere
    isClick = down.size === 0;
    start = at(event);
    down.set(event.pointerId, start);
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener("pointermove", (event) => {
    if (!event.buttons) down.delete(event.pointerId);
    const before = down.get(event.pointerId);
    if (!before) return;
    const now = at(event);
    const slop = event.pointerType === "touch" ? SLOP.touch : SLOP.other;
    const begins = isClick && Math.hypot(now[0] - start[0], now[1] - start[1]) > slop;
    if (begins) isClick = false;
    if (isClick) return;
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    down.set(event.pointerId, now);
    if (other) pinch(plot, other, before, now);
    else if (event.pointerType !== "touch" || isHand()) {
      const from = begins ? start : before;
      plot.pan(now[0] - from[0], now[1] - from[1]);
    }
  });
  map.addEventListener("pointerup", (event) => {
    const wasDown = down.delete(event.pointerId);
    if (wasDown && isClick) onClick(plot.placeAt(event.clientX, event.clientY), event);
    isClick = false;
  });
  map.addEventListener("pointercancel", (event) => {
    down.delete(event.pointerId);
    isClick = false; // the browser has made a scroll of it
  });
  // Else the browser would scroll or zoom the page with two fingers.
  const keep = (/** @type {TouchEvent} */ event) => {
    if (event.touches.length > 1 && event.cancelable) event.preventDefault();
  };
  for (const name of /** @type {const} */ (["touchstart", "touchmove"])) {
    map.addEventListener(name, keep, { passive: false });
  }
  map.addEventListener("wheel", (event) => wheel(map, plot, event), { passive: false });
}

/** @param {PointerEvent} event @returns {Place} */
function at({ clientX, clientY }) {
  return [clientX, clientY];
}

/**
 * Keep the places under two fingers under them, one of which has moved.
 * @param {import("./plot.js").Plot} plot
 * @param {Place} still
 * @param {Place} before
 * @param {Place} now
 */
function pinch(plot, still, before, now) {
  const gap = (/** @type {Place} */ to) => Math.max(Math.hypot(to[0] - still[0], to[1] - still[1]), 1);
  plot.zoom(gap(now) / gap(before), plot.placeAt((still[0] + before[0]) / 2, (still[1] + before[1]) / 2));
  plot.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
}

/**
 * Zoom a map that has been clicked: another would trap whoever scrolls past it.
 * @param {HTMLElement} map
 * @param {import("./plot.js").Plot} plot
 * @param {WheelEvent} event
 */
function wheel(map, plot, event) {
  if (!map.contains(document.activeElement) && !event.ctrlKey) return;
  event.preventDefault();
  const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? WHEEL_LINE : 1);
  plot.zoom(Math.exp(-pixels / 500), plot.placeAt(event.clientX, event.clientY));
}
