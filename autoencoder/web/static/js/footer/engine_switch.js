// @ts-check
/* The switch between the server's engine and this browser's. */
import { keepInAddress, viewChanged } from "../lib/address.js";
import { find } from "../lib/dom.js";
import { engine } from "../lib/engine/engine.js";
import { isStatic, studio } from "../lib/studio.js";
import { RequestError } from "../lib/trouble.js";

/** @param {HTMLElement} root */
export function bindEngine(root) {
  const [where, button] = [find(root, "#engine", HTMLElement), find(root, "button", HTMLButtonElement)];
  const show = () => {
    where.textContent = engine.where;
    button.textContent = `Compute ${other() === "browser" ? "in this browser" : "on the server"} instead`;
  };
  const alert = find(root, "[role=alert]", HTMLElement);
  const unfetched = alert.textContent;
  const choose = async () => {
    alert.hidden = true;
    try {
      await engine.choose(other(), studio.state.model);
      studio.say(`The models are computed by the ${engine.where}.`);
    } catch (error) {
      alert.textContent = error instanceof RequestError ? error.message : unfetched;
      alert.hidden = false; // not tried again by itself: meanwhile the other engine serves
    }
  };
  button.addEventListener("click", choose);
  button.hidden = isStatic;
  keepInAddress(() => ({ engine: !isStatic && engine.where === "browser" ? "browser" : null }));
  engine.onChange(() => {
    show();
    viewChanged();
  });
  show();
}

/** The engine that does not compute now. */
function other() {
  return engine.where === "server" ? "browser" : "server";
}
