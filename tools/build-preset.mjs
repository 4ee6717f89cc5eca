// Configures one of CMakePresets.json and builds it; prints something only when that fails.
//
//   node tools/build-preset.mjs <preset> [target ...]
import { buildPreset } from "./lib/cmake.mjs";
import { fail } from "./lib/run.mjs";

const [preset, ...targets] = process.argv.slice(2);
if (!preset) fail("usage: node tools/build-preset.mjs <preset> [target ...]");
const { ok, output } = await buildPreset(preset, targets);
if (!ok) fail(output);
