#!/usr/bin/env node
// The command a user types. Runs on any Node.js >= 20 and hands over to the one the program is written for.
import { fileURLToPath } from "node:url";
import { runUnderNode } from "./node-runtime.mjs";

// Large bodies pass through memory outside the JavaScript heap. Counted apart, they would set off a full collection
// each time a few of them went by; and as long as the heap is small, so is the size at which the next collection
// starts, which a busy server then reaches twenty times a second. What a request leaves behind is small and dies
// young: more room for it would only be memory. Workers have twice this.
const NODE_FLAGS = [
  "--external-memory-accounted-in-global-limit",
  "--initial-old-space-size=96",
  "--max-semi-space-size=4",
];

// What was compiled is kept beside the program, which then starts in half the time and needs less memory. Node.js goes
// without where it cannot write.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("../../../node_modules/.cache/strongroom", import.meta.url),
);

runUnderNode([
  ...NODE_FLAGS,
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
  ...process.argv.slice(2),
]);
