/* The header: what could not be loaded is said under it. */

studio.ready().then(() => {
  if (!studio.missing.length) return;
  const notice = document.createElement("div");
  notice.id = "missing-models";
  notice.setAttribute("role", "note");
  notice.setAttribute("aria-label", "What is missing");
  for (const sentence of studio.missing) notice.append(Object.assign(document.createElement("p"), { textContent: sentence }));
  element.querySelector("header").after(notice);
}, () => {});
