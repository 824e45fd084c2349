// @ts-check
/* The worker in which the model of the Learn tab trains: some steps, then a look at it, then whatever was asked. */
import { keepInstances } from "../lib/engine/wasm_instances.js";
import { Threefry, corrupt } from "../lib/engine/noise.js";
import { meanSquaredError, toBytes, toNumbers } from "../lib/pixels.js";
import { answerBy } from "../lib/worker_calls.js";
import { Trainer } from "./trainer.js";

/**
 * @typedef {object} Setup
 * @property {number} session its number, which each look tells
 * @property {import("./trainer.js").Settings} settings
 * @property {Uint8Array} training 784 grey levels a picture
 * @property {Uint8Array} heldOut the same, never trained on, shown on the map
 * @property {Uint8Array} examples those shown with their reconstructions
 */
/**
 * @typedef {object} Look at the model of this moment
 * @property {number} session
 * @property {unknown} [error] why the training broke off; there is nothing else then
 * @property {number} step
 * @property {number | null} loss of the last batches
 * @property {number} heldOut mean squared error of clean pictures that it has not trained on
 * @property {number} rate steps a second
 * @property {Float32Array} codes of the pictures that are held out
 * @property {Uint8Array} inputs the examples as the encoder sees them
 * @property {Uint8Array} outputs their reconstructions
 */

const LOOK_EVERY = 120; // ms of training, at least
const LOOK_SHARE = 0.2; // of the time, at most: on a slow machine it is looked at less often
const JUDGED = 500; // held-out pictures whose error is told
const NOISE_SEED = 7;

class Session {
  /** @param {Setup} setup */
  constructor({ session: number, settings, training, heldOut, examples }) {
    this.number = number;
    this.trainer = new Trainer(settings, training);
    this.heldOut = toNumbers(heldOut);
    const clean = toNumbers(examples);
    const { noise, level } = settings;
    this.examples = level ? corrupt(clean, noise, [level], new Threefry(NOISE_SEED)) : clean;
    this.inputs = toBytes(this.examples);
    this.isRunning = false;
    /** @type {number[]} since the last look */
    this.losses = [];
    this.since = 0;
    this.looked = 0; // ms that the last look took
  }

  /** Train until it is told to pause, with a look now and then. */
  async run() {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      while (this.isRunning) {
        this.since = performance.now();
        const rest = Math.max(LOOK_EVERY, this.looked / LOOK_SHARE - this.looked);
        while (performance.now() - this.since < rest) this.losses.push(this.trainer.step());
        this.look();
        await new Promise((resolve) => setTimeout(resolve)); // for what was asked meanwhile
      }
    } catch (error) {
      this.isRunning = false;
      postMessage({ news: { session: this.number, error } });
    }
  }

  /** Stop, and free what it holds. */
  end() {
    this.isRunning = false;
    try {
      this.trainer.dispose();
    } catch {
      // a step that failed has consumed what it was given
    }
  }

  /** Tell the page how things stand. */
  look() {
    const { trainer, losses, heldOut } = this;
    const start = performance.now();
    const seconds = (start - this.since) / 1000;
    const codes = trainer.encode(heldOut);
    const judged = trainer.decode(codes.subarray(0, JUDGED * trainer.settings.bottleneck));
    /** @type {Look} */
    const look = {
      session: this.number,
      step: trainer.steps,
      loss: losses.length ? losses.reduce((total, loss) => total + loss, 0) / losses.length : null,
      heldOut: meanSquaredError(judged, heldOut),
      rate: losses.length / seconds,
      codes,
      inputs: this.inputs,
      outputs: toBytes(trainer.decode(trainer.encode(this.examples))),
    };
    this.losses = [];
    this.looked = performance.now() - start;
    postMessage({ news: look });
  }
}

/** @type {Session | null} */
let session = null;

keepInstances();
answerBy({
  setup(setup) {
    const before = session;
    session = null; // so that nothing is freed twice, whatever fails here
    before?.end();
    session = new Session(setup);
    session.look();
  },
  run: () => void session?.run(),
  pause() {
    if (session) session.isRunning = false;
  },
  step() {
    if (!session) return;
    session.since = performance.now();
    session.losses.push(session.trainer.step());
    session.look();
  },
  encode: (pictures) => session?.trainer.encode(toNumbers(pictures)),
  decode: (codes) => session && toBytes(session.trainer.decode(codes)),
  weights: () => session?.trainer.weights(),
});
