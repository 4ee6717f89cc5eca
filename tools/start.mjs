// npm start: set-up, build, the searches in the terminal, then the demo page.
//
//   npm start               serves the page until it is stopped
//   npm start -- --once     ends after the terminal part
import { must } from "./lib/run.mjs";
import { setup } from "./setup.mjs";

await setup("start");
must("node", ["tools/build.mjs"]);
must("node", ["demo/build.mjs"]);
must("node", ["demo/start/main.mjs", ...process.argv.slice(2)]);
