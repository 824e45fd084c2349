// @ts-check
/* Questions to a worker, and what becomes of them when it fails. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WorkerCalls } from "../../autoencoder/web/static/js/lib/worker_calls.js";

test("a worker that cannot start refuses what waits and whatever is asked later", async () => {
  const workers = /** @type {NoWorker[]} */ ([]);
  class NoWorker extends EventTarget {
    hasEnded = false;
    constructor() {
      super();
      workers.push(this);
    }
    terminate() {
      this.hasEnded = true;
    }
  }
  Object.assign(globalThis, { Worker: NoWorker });
  const calls = new WorkerCalls(new URL("file:///none.js"));
  const early = calls.ask("decode");
  workers[0]?.dispatchEvent(new Event("error"));
  await assert.rejects(early, /could not start/);
  await assert.rejects(calls.ask("decode"), /could not start/);
  assert.ok(workers[0]?.hasEnded);
});
