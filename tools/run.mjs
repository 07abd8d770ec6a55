// Runs a script, or the test runner, of this workspace under the pinned Node.js: node tools/run.mjs FILE [ARGUMENT ...]
import { runUnderNode } from "../apps/cli/bin/node-runtime.mjs";

runUnderNode(process.argv.slice(2));
