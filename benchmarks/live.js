/* Clocks inside the page. Each notes when an input event reached the page and when the frame that first
   shows its effect had been painted: the first task after that frame's animation callbacks. */
window.bench = (() => {
  const painted = (done) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => done(performance.now());
      port2.postMessage(null);
    });

  // Of a large canvas some rows in the middle: to read all of it would take a part of the frame that is measured.
  const ROWS = 64;
  const fingerprint = (canvas) => {
    const rows = Math.min(ROWS, canvas.height);
    const top = Math.floor((canvas.height - rows) / 2);
    const { data } = canvas.getContext("2d").getImageData(0, top, canvas.width, rows);
    let hash = 0;
    for (let i = 0; i < data.length; i += 4) hash = (hash * 31 + data[i]) | 0;
    return hash;
  };

  /** Time from each `type` event (seen in capture, before any handler) to changed pixels of `canvas`.
   *  Pixels are compared only after the clock has stopped. An event after which nothing changes within
   *  `patience` frames showed what was there already, and is not counted. */
  function watch(type, target, canvasSelector, patience = 3) {
    const times = [];
    let unchanged = 0;
    let before = fingerprint(document.querySelector(canvasSelector));
    const listener = () => {
      const start = performance.now();
      let frames = 0;
      const look = (now) => {
        const after = fingerprint(document.querySelector(canvasSelector));
        if (after !== before) {
          before = after;
          times.push(now - start);
        } else if ((frames += 1) < patience) painted(look);
        else unchanged += 1;
      };
      painted(look);
    };
    document.querySelector(target).addEventListener(type, listener, { capture: true });
    return {
      stop() {
        document.querySelector(target).removeEventListener(type, listener, { capture: true });
        return { times, unchanged };
      },
    };
  }

  /** Time from a change of the store to the strip for it, painted. */
  function strip(patch) {
    return new Promise((resolve) => {
      const old = studio.state.strip;
      const start = performance.now();
      let waiting = true;
      studio.subscribe(["strip"], () => {
        const now = studio.state.strip;
        if (waiting && now && now !== old) {
          waiting = false;
          painted((end) => resolve(end - start));
        }
      });
      studio.set(patch);
    });
  }

  /** Time from the next release of the button on the map to the exact decode, painted. */
  function click() {
    const figure = document.querySelector("#decoded");
    let start = 0;
    document.addEventListener(
      "mouseup",
      () => {
        start = performance.now();
      },
      { capture: true, once: true },
    );
    return new Promise((resolve) => {
      const observer = new MutationObserver(() => {
        if (!start || figure.dataset.exact !== "true") return;
        observer.disconnect();
        painted((end) => resolve(end - start));
      });
      observer.observe(figure, { attributeFilter: ["data-exact"] });
    });
  }

  return { watch, strip, click };
})();
