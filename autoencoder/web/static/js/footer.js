/* The footer: which weights answer. */

studio.ready().then(() => {
  const parts = studio.models.flatMap(({ name, checksum, trained }, i) => [
    i ? ", " : "Weights that answer: ",
    Object.assign(document.createElement("b"), { textContent: name }), " ",
    Object.assign(document.createElement("code"), { textContent: checksum.slice(0, 8) }), ` (${trained})`,
  ]);
  element.querySelector("#weights").replaceChildren(...parts, ".");
}, () => {});
