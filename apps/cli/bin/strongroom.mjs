#!/usr/bin/env node
// The command a user types. Runs on any Node.js >= 20 and hands over to the one the program is written for.
import { fileURLToPath } from "node:url";
import { runUnderNode } from "./node-runtime.mjs";

runUnderNode([fileURLToPath(new URL("../src/main.ts", import.meta.url)), ...process.argv.slice(2)]);
