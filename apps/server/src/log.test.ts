import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@strongroom/base";
import { createLog } from "./log.ts";

const CANARY = "canary-object-name";

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let text = "";
  const append = (line: string): void => {
    text += line;
  };
  const log = createLog("trace", { write: append });
  write(log);
  return text;
}

test("[L-112] an error is logged by its code and places, never by its message, details or cause", () => {
  const cause = new Error(`inner ${CANARY}`);
  const error = new ServiceError("NoSuchKey", "state", `no ${CANARY}`, { objectKey: CANARY }, cause);
  const text = logged((log) => log.error({ err: error }, "request failed"));
  assert.equal(text.includes(CANARY), false, text);
  assert.match(text, /"code":"NoSuchKey"/);
  assert.match(text, /log\.test\.ts/);
});

test("[L-112] a multi-line message does not slip through the stack", () => {
  const error = new Error(`first\n    at ${CANARY} (x)\n${CANARY}`);
  const text = logged((log) => {
    log.error({ err: error });
    log.error(error);
    log.error(error, "request failed");
  });
  assert.equal(text.includes(CANARY), false, text);
  assert.equal(text.split("\n").length, 4);
});

test("[L-110] headers and secrets are struck out even when somebody logs them", () => {
  const text = logged((log) =>
    log.info({
      headers: { authorization: CANARY },
      request: { headers: CANARY, authorization: CANARY },
      secretAccessKey: CANARY,
    }),
  );
  assert.equal(text.includes(CANARY), false, text);
});
