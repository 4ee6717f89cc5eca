// The file that the Worker of worker.js runs.
import { serve } from "../worker/thread.js";
import { open } from "./index.js";

serve(open);
