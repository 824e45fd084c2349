// @ts-check
/* The map's keys: arrows move the cursor, + - 0 the view, Enter adds to the path, Escape clears it. */
import { isCommand } from "../lib/dom.js";
import { DIRECTIONS } from "../lib/geometry.js";

const STEP = { plain: 8, shift: 40 }; // pixels

/** @param {import("./explorer.js").Explorer} explorer */
export function bindKeys(explorer) {
  const { map, path, plot } = explorer;
  /** About the cursor, if that is in view. @param {number} factor */
  const zoom = (factor) => plot.zoom(factor, plot.shows(explorer.cursor) ? explorer.cursor : undefined);
  /** @type {Record<string, () => void>} */
  const others = {
    Enter: () => explorer.plane && path.add(...explorer.cursor),
    Escape: () => path.clear(),
    "+": () => zoom(1.5),
    "=": () => zoom(1.5),
    "-": () => zoom(1 / 1.5),
    0: () => plot.reset(),
  };
  map.addEventListener("keydown", (event) => {
    if (event.target !== map || isCommand(event)) return;
    const [arrow, act] = [DIRECTIONS[event.key], others[event.key]];
    if (arrow) {
      const step = plot.view().unit * (event.shiftKey ? STEP.shift : STEP.plain);
      const [x, y] = explorer.cursor;
      explorer.setCursor(x + arrow[0] * step, y + arrow[1] * step, true);
    } else if (act) act();
    else return;
    event.preventDefault();
  });
}
