import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: [".venv/", "build/", "data/", "autoencoder/web/static/vendor/"] },
  js.configs.recommended,
  {
    rules: { eqeqeq: "error", "no-shadow": "error", "no-var": "error", "prefer-const": "error" },
  },
  { files: ["autoencoder/web/static/js/**", "deploy/static/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/**", "deploy/*.js"], languageOptions: { globals: globals.node } },
  {
    files: ["benchmarks/*.js"],
    languageOptions: { sourceType: "script", globals: { ...globals.browser, studio: "readonly" } },
  },
];
