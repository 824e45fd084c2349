/* window.studio: the state that the tabs share, and the few things that all of them need.
   Runs in the page's head, before any component mounts. */

window.studio ??= (() => {
  let config = null;
  let loading = null;
  const state = {
    image: null, imageLabel: "", model: null, noise: "gaussian", seed: 7, level: 0.25,
    strip: null, stripPending: false,
  };
  const subscribers = [];

  /** Merge a patch into the state and tell, once, whoever watches a key whose value changed. */
  function set(patch) {
    const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
    Object.assign(state, patch);
    for (const one of [...subscribers]) if (one.keys.some((key) => changed.includes(key))) one.fn(state, changed);
  }

  /** Call `fn(state, changedKeys)` after each change of one of `keys`; returns the way to stop. */
  function subscribe(keys, fn) {
    const one = { keys, fn };
    subscribers.push(one);
    return () => subscribers.splice(subscribers.indexOf(one), 1);
  }

  const REPLACED = "The models were replaced while this page was open. Load the page again to go on.";

  /** Resolves when the page's configuration is there; an Error with a sentence if it cannot be had. */
  function ready() {
    loading ??= load().catch((error) => { loading = null; throw error; });
    return loading;
  }

  async function load() {
    const answer = await request("live/config");
    config = await answer.json();
    const { classes, models, kinds, hot: HOT, limits, missing } = config;
    const samples = config.samples.map((one) => ({ ...one, image: decodeBase64(one.image) }));
    Object.assign(studio, { classes, models, kinds, HOT, limits, missing, samples });
    state.model = models[0].name;
    state.level = limits.reference_level;
  }

  /** Throw if an answer comes from other models than the page's own: their pictures must not mix with its maps. */
  function checkModels(answer) {
    const answering = answer.headers.get("X-Models");
    if (!config || !answering || answering === config.set) return;
    if (!document.getElementById("models-replaced")) {
      const bar = document.createElement("div");
      bar.id = "models-replaced";
      bar.setAttribute("role", "alert");
      bar.innerHTML = "<p></p><button type=button>Load again</button>";
      bar.firstChild.textContent = REPLACED;
      bar.lastChild.addEventListener("click", () => location.reload());
      document.querySelector(".gradio-container").append(bar); // where the theme's colours hold
    }
    throw new Error(REPLACED);
  }

  /** An answer of the page's server, as it came. Throws an Error with a sentence for people. */
  async function request(path, options = {}) {
    let answer;
    try {
      answer = await fetch(new URL(path, document.baseURI), options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error("The server cannot be reached. Check the connection and try again.");
    }
    checkModels(answer);
    if (answer.ok) return answer;
    const { error } = await answer.json().catch(() => ({}));
    throw new Error(error ?? `The server could not answer (${answer.status}). Try again.`);
  }

  /** POST JSON, or a file as it is. */
  function post(path, body, signal) {
    const isFile = body instanceof Blob;
    return request(path, {
      method: "POST", signal, body: isFile ? body : JSON.stringify(body),
      headers: { "Content-Type": isFile ? "application/octet-stream" : "application/json" },
    });
  }

  /** GET text. */
  async function text(path) {
    const answer = await request(path);
    return answer.text();
  }

  /** The same, for JSON in return. */
  async function api(path, body, signal) {
    const answer = await post(path, body, signal);
    return answer.json();
  }

  function decodeBase64(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  function encodeBase64(bytes) {
    return btoa(String.fromCharCode(...bytes));
  }

  /** Paint 28 x 28 pixels, each given by `colour(i) -> [r, g, b]`, at the canvas's own resolution. */
  function drawPixels(canvas, colour) {
    if (canvas.width !== 28 || canvas.height !== 28) Object.assign(canvas, { width: 28, height: 28 });
    const context = canvas.getContext("2d");
    const image = context.createImageData(28, 28);
    for (let i = 0; i < 784; i += 1) {
      const [red, green, blue] = colour(i);
      image.data.set([red, green, blue, 255], 4 * i);
    }
    context.putImageData(image, 0, 0);
  }

  /** Paint 784 grey levels that begin at `offset`. */
  function drawGrey(canvas, bytes, offset = 0) {
    drawPixels(canvas, (i) => { const grey = bytes[offset + i]; return [grey, grey, grey]; });
  }

  const SPRITE = "samples.webp"; // 100 thumbnails a row, in the order of the test set
  let sprite = null;

  function sampleSprite() {
    sprite ??= new Promise((resolve, reject) => {
      const image = new Image();
      image.onload = () => resolve(image);
      image.onerror = () => { sprite = null; reject(new Error("The thumbnails cannot be loaded. Load the page again.")); };
      image.src = assets.url(SPRITE);
    });
    return sprite;
  }

  /** Draw a test item's thumbnail; nothing before the sprite has arrived. */
  function drawSample(context, index, dx, dy, size) {
    sampleSprite().then((image) => {
      context.imageSmoothingEnabled = false;
      context.drawImage(image, (index % 100) * 28, Math.floor(index / 100) * 28, 28, 28, dx, dy, size, size);
    }, () => {});
  }

  const assets = {
    /** Address of an asset by name, relative to the page. */
    url(name) {
      if (!(name in config.assets)) throw new Error(`There is no asset ${name}.`);
      return config.assets[name];
    },
  };

  let voice = null;

  /** Tell screen readers something. */
  function say(text) {
    if (!voice?.isConnected) {
      voice = document.createElement("div");
      voice.className = "studio-voice";
      voice.setAttribute("role", "status");
      voice.setAttribute("aria-live", "polite");
      document.body.append(voice);
    }
    voice.textContent = text;
  }

  /** Save a Blob as it is, or a canvas as a PNG whose every pixel is `scale` screen pixels wide. */
  async function download(filename, source, scale = 10) {
    const blob = source instanceof Blob ? source : await enlarged(source, scale);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = filename;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  function enlarged(canvas, scale) {
    const large = document.createElement("canvas");
    Object.assign(large, { width: canvas.width * scale, height: canvas.height * scale });
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(canvas, 0, 0, large.width, large.height);
    return new Promise((resolve) => large.toBlob(resolve, "image/png"));
  }

  const studio = {
    state, set, subscribe, ready, post, api, text, assets, drawPixels, drawGrey, decodeBase64, encodeBase64,
    sampleSprite, drawSample, say, download, query: new URLSearchParams(location.search),
  };
  ready().catch(() => {}); // at once; whoever needs it says what went wrong
  return studio;
})();
