// In the place of a token's process, for tests: each call takes as many milliseconds as its label says, "never" never ends.
// Its module is a file, which counts the processes; without it there is no token.

import { appendFileSync, existsSync } from "node:fs";
import type { TokenAnswer, TokenRequest } from "./token-messages.ts";

const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** The random bytes tell which process this is. */
function answer({ id, task }: TokenRequest): TokenAnswer {
  if (task.kind === "open") {
    appendFileSync(`${task.modulePath}.starts`, "x");
    return existsSync(task.modulePath)
      ? { id, result: null }
      : { id, code: "TokenMissing", message: "there is no token" };
  }
  if (task.kind === "random") return { id, result: Buffer.from(String(process.pid)) };
  if ("label" in task) block(task.label === "never" ? Number.POSITIVE_INFINITY : Number(task.label));
  return { id, result: true };
}

process.on("message", (request: TokenRequest) => void process.send?.(answer(request)));
process.on("disconnect", () => process.exit(0));
