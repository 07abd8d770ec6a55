#!/usr/bin/env node
// The command a user types. Runs on any Node.js >= 20 and hands over to the one the program is written for.
import { fileURLToPath } from "node:url";
import { runUnderNode } from "./node-runtime.mjs";

// Large bodies pass through memory outside the JavaScript heap; counted apart, they would set off a full collection each
// time a few of them went by.
const NODE_FLAGS = ["--external-memory-accounted-in-global-limit"];

runUnderNode([
  ...NODE_FLAGS,
  fileURLToPath(new URL("../src/main.ts", import.meta.url)),
  ...process.argv.slice(2),
]);
