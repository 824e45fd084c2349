/* The Report tab: made by the server, fetched when the tab is first opened. */

async function startReport(root) {
  try {
    await studio.ready();
    root.innerHTML = await studio.text("live/report");
  } catch (error) {
    root.replaceChildren(Object.assign(document.createElement("p"), { role: "alert", textContent: error.message }));
  }
  root.setAttribute("aria-busy", "false");
}

startReport(element.querySelector("#report"));
