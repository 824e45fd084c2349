// @ts-check
/* The map's view as a part of the address, and an address as the map's view. */
import { numberIn, numbersIn, packNumbers } from "../lib/links.js";
import { modelNamed, studio } from "../lib/studio.js";

/** @typedef {import("../lib/strips.js").Place} Place */
/**
 * @typedef {object} MapView
 * @property {string} model
 * @property {Place | null} place of the cursor
 * @property {{middle: Place, magnification: number} | null} zoom
 * @property {Place[]} path
 * @property {number[]} hidden classes
 * @property {number | null} backdrop its opacity, 0 for none
 * @property {string} compare the model of the second map, or ""
 * @property {string[]} on names of what is switched on
 * @property {string} page of the panel, or ""
 */

export const SWITCHES = ["arrows", "noise-on-all", "tangents"]; // of the address, and ids of the page

/** @returns {MapView} */
export function viewFromLink() {
  const { query, models, state, limits } = studio;
  const most = limits.max_coordinate;
  const known = (/** @type {string | null} */ name) => models.find((one) => one.name === name)?.name;
  const [x, y] = ["x", "y"].map((axis) => numberIn(query, axis, -most, most));
  const [cx, cy, magnification] = numbersIn(query, "zoom", -most, most);
  const path = numbersIn(query, "path", -most, most);
  return {
    model: known(query.get("map")) ?? state.model,
    place: x === null || y === null ? null : [x, y],
    zoom: magnification > 0 ? { middle: [cx, cy], magnification } : null,
    path: pairs(path),
    hidden: numbersIn(query, "hide", 0, studio.classes.length - 1),
    backdrop: numberIn(query, "backdrop", 0, 1),
    compare: known(query.get("compare")) ?? "",
    on: SWITCHES.filter((name) => query.get(name) === "1"),
    page: query.get("panel") ?? "",
  };
}

/** @param {number[]} numbers @returns {Place[]} */
function pairs(numbers) {
  return Array.from({ length: Math.floor(numbers.length / 2) }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
}

/** @param {import("./explorer.js").Explorer} explorer @returns {import("../lib/address.js").Part} */
export function viewOf(explorer) {
  const {
    select,
    cursor,
    plot,
    path,
    filter,
    comparison,
    opacity,
    switch: backdrop,
    plane,
    switches,
    pages,
  } = explorer;
  const hidden = filter.shown.flatMap((on, label) => (on ? [] : [label]));
  const strength = backdrop.checked ? opacity.value : "0";
  const isAll = plot.magnification === 1 && packNumbers(plot.middle) === packNumbers(plot.home());
  // A model that was trained here is known to this page alone: a link opens the map of another.
  const noPlace = modelNamed(select.value).isLocal && { map: null, x: null, y: null, zoom: null, path: null };
  return {
    map: select.value,
    ...Object.fromEntries(switches.map(({ id, checked }) => [id, checked ? 1 : null])),
    panel: pages.isFirst() && !path.points.length ? null : pages.shown, // a walk alone would open its own page
    // Until the map is there, the address may still say where its cursor shall be.
    ...(plane && {
      x: packNumbers([cursor[0]]),
      y: packNumbers([cursor[1]]),
      compare: comparison.select.value || null,
    }),
    zoom: isAll ? null : packNumbers([...plot.middle, plot.magnification]),
    path: path.points.length ? packNumbers(path.points.flat()) : null,
    hide: hidden.length ? packNumbers(hidden) : null,
    backdrop: strength === opacity.defaultValue ? null : strength,
    ...noPlace,
  };
}

/** Set classes, backdrop and switches as a view has them. @param {import("./explorer.js").Explorer} explorer @param {MapView} view */
export function setControls(explorer, { hidden, backdrop, on }) {
  if (hidden.length) explorer.filter.apply(studio.classes.map((_, label) => !hidden.includes(label)));
  if (backdrop !== null) {
    explorer.switch.checked = backdrop > 0;
    if (backdrop) explorer.opacity.value = String(backdrop);
    explorer.shade();
  }
  for (const one of explorer.switches) one.checked = on.includes(one.id);
}
