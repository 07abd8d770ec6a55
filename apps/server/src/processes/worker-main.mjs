// Where a worker process begins. All else it runs the primary process has loaded, and so compiled, before it: with that
// kept, a worker need not load the compiler, which is 12 MiB. That is why this is no TypeScript.
import { runWorker } from "./worker.ts";

runWorker();
