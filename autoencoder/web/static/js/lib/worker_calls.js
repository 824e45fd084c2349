// @ts-check
/* Questions to a worker, each answered once; and news that it tells unasked. */

const FAILED =
  "What computes in this browser could not start. Check the connection and try again, or use a newer browser.";

export class WorkerCalls {
  /**
   * @param {URL} url of a module that calls `answerBy`
   * @param {(news: any) => void} [onNews]
   */
  constructor(url, onNews = () => {}) {
    this.worker = new Worker(url, { type: "module" });
    /** @type {Map<number, {resolve: (answer: any) => void, reject: (error: Error) => void}>} */
    this.waiting = new Map();
    this.asked = 0;
    this.hasFailed = false;
    /** @type {(value: unknown) => void} */
    let start = () => {};
    this.started = new Promise((resolve) => {
      start = resolve;
    });
    this.worker.addEventListener("message", ({ data: { id, answer, error, news, hasStarted } }) => {
      if (hasStarted) start(null);
      if (news) onNews(news);
      const waiting = this.waiting.get(id);
      this.waiting.delete(id);
      if (error) waiting?.reject(new Error(error));
      else waiting?.resolve(answer);
    });
    this.worker.addEventListener("error", () => this.fail());
  }

  /** The worker cannot start, or ended: whoever waits is told. */
  fail() {
    this.hasFailed = true;
    this.worker.terminate();
    for (const { reject } of this.waiting.values()) reject(new Error(FAILED));
    this.waiting.clear();
  }

  /**
   * @param {string} task
   * @param {unknown} [request]
   * @returns {Promise<any>}
   */
  ask(task, request) {
    if (this.hasFailed) return Promise.reject(new Error(FAILED));
    return new Promise((resolve, reject) => {
      this.asked += 1;
      this.waiting.set(this.asked, { resolve, reject });
      const message = { id: this.asked, task, request };
      this.started.then(() => this.worker.postMessage(message)); // what comes before it listens would be lost
    });
  }
}

/**
 * In a worker: answer each question by the task of its name.
 * @param {Record<string, (request: any) => unknown>} tasks
 */
export function answerBy(tasks) {
  addEventListener("message", ({ data: { id, task, request } }) => {
    try {
      postMessage({ id, answer: tasks[task](request) });
    } catch (error) {
      postMessage({ id, error: error instanceof Error ? error.message : String(error) });
    }
  });
  postMessage({ hasStarted: true });
}
