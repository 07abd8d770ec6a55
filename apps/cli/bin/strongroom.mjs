#!/usr/bin/env node
// The command a user types. Runs on any Node.js >= 20 and hands over to the one the program is written for.
import { fileURLToPath } from "node:url";
import { runUnderNode } from "./node-runtime.mjs";

// Large bodies pass through memory outside the JavaScript heap. Counted apart, they would set off a full collection
// each time a few of them went by; and as long as the heap is small, so is the size at which the next collection
// starts, which a busy server then reaches twenty times a second.
const NODE_FLAGS = ["--external-memory-accounted-in-global-limit", "--initial-old-space-size=96"];

runUnderNode([
  ...NODE_FLAGS,
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
  ...process.argv.slice(2),
]);
