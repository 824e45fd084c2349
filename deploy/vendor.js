/* Bundles jax-js into autoencoder/web/static/vendor/jax.js: `npm run vendor`, after a change of its version in package.json.
   The file is kept in the repository, so that the app needs no npm; tests/js/vendor.test.js holds that it is this one. */
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = new URL("../", import.meta.url);
const PACKAGE = new URL("node_modules/@jax-js/jax/", ROOT);
export const TARGET = new URL("autoencoder/web/static/vendor/jax.js", ROOT);

/** The library for WebAssembly alone, minified: what it fetches for WebGPU and WebGL is never asked for. */
export async function bundle() {
  const { version } = JSON.parse(await readFile(new URL("package.json", PACKAGE), "utf8"));
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("dist/index.js", PACKAGE))],
    banner: { js: `/*! @jax-js/jax ${version} by Eric Zhang, MIT licence: see LICENSE beside this file. */` },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    external: ["./webgpu-*", "./webgl-*"],
    write: false,
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(TARGET, await bundle());
