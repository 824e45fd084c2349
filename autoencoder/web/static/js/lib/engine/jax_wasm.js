// @ts-check
/* jax-js computes in WebAssembly. */
import { defaultDevice, init } from "../../../vendor/jax.js";

if (!(await init("wasm")).includes("wasm")) throw new Error("This browser has no WebAssembly, which the models need.");
defaultDevice("wasm");
