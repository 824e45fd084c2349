// @ts-check
/* Presentation mode: larger type and no tools, for a projector. */
import { keepInAddress, viewChanged } from "../lib/address.js";
import { studio } from "../lib/studio.js";

/** @param {HTMLButtonElement} button */
export function bindPresentation(button) {
  let isOn = studio.query.get("present") === "1";
  const show = () => {
    document.body.classList.toggle("presenting", isOn);
    button.setAttribute("aria-pressed", String(isOn));
    viewChanged();
  };
  button.addEventListener("click", () => {
    isOn = !isOn;
    show();
  });
  keepInAddress(() => ({ present: isOn ? 1 : null }));
  show();
}
