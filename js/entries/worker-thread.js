// The file that the Worker of worker.js runs.
import { serve } from "../worker/thread.js";
import { init, open } from "./index.js";

serve({ init, open });
