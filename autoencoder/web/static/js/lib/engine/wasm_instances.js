// @ts-check
/* One WebAssembly instance a kernel. jax-js makes one for each call, some 90 for a step of a training; to make and to
   collect them took a quarter of its time. */

/** For a worker in which nothing but jax-js computes: its kernels have no state, and all share one memory. */
export function keepInstances() {
  /** @type {WeakMap<WebAssembly.Module, WebAssembly.Instance>} */
  const kept = new WeakMap();
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(Made, [module, imports]) {
      const instance = kept.get(module) ?? new Made(module, imports);
      kept.set(module, instance);
      return instance;
    },
  });
}
