import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["build/", "dist/", "demo/dist/", "**/*.d.ts"] },
  js.configs.recommended,
  {
    languageOptions: {
      ecmaVersion: 2024,
      globals: {
        ...globals.browser,
        ...globals.worker,
        ...globals.nodeBuiltin,
      },
    },
  },
  // The build replaces these.
  {
    files: ["js/module/relaxed.js", "js/module/version.js"],
    languageOptions: {
      globals: {
        VSS_VERSION: "readonly",
        VSS_RELAXED: "readonly",
        SQLITE_VERSION: "readonly",
      },
    },
  },
  // Emscripten reads these itself; they are no modules.
  {
    files: ["wasm/*.js"],
    languageOptions: {
      sourceType: "script",
      globals: { mergeInto: "readonly", LibraryManager: "readonly" },
    },
  },
];
