// @ts-check
/* Starts jax-js on WebAssembly, or says that this browser has none. */
import { defaultDevice, init } from "../../../vendor/jax.js";
import { RequestError } from "../trouble.js";

const MISSING =
  "This browser has no WebAssembly, which the models need. Use another, or allow it: lockdown modes switch it off.";

if (!(await init("wasm")).includes("wasm")) throw new RequestError(MISSING, false);
defaultDevice("wasm");
