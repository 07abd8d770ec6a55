import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { Config } from "./config.ts";

export type { Logger } from "pino";

/**
 * JSON lines on standard error. What is logged is chosen field by field: no request header, query, object key, bucket name
 * or metadata ever reaches a logger, so there is nothing to redact; the paths below are a second lock on the same door.
 */
export function createLog(
  level: Config["logLevel"],
  to: DestinationStream = destination({ fd: 2, sync: true }),
): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      // The logger would take the text of an error for the text of the line: never.
      errorKey: "errorWithoutText",
      hooks: {
        logMethod(parameters, method) {
          const [first, ...rest] = parameters;
          const isError: boolean = typeof first === "object" && (first as unknown) instanceof Error;
          if (isError) method.call(this, { err: first }, rest.length === 0 ? "error" : String(rest[0]));
          else method.apply(this, parameters);
        },
      },
      redact: [
        "headers",
        "*.headers",
        "authorization",
        "*.authorization",
        "secretAccessKey",
        "*.secretAccessKey",
      ],
    },
    to,
  );
}

/**
 * An error as far as it is safe to log: kind, code and the places in the program it passed. Messages are left out, since
 * an engine's or a client's text may quote a name.
 */
export function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = "code" in error ? String(error.code) : undefined;
  const kind = "kind" in error ? String(error.kind) : undefined;
  // The message stands at the head of the stack and may hold lines that look like frames.
  const head = `${error.name}: ${error.message}`;
  const stack = error.stack ?? "";
  const frames = (stack.startsWith(head) ? stack.slice(head.length) : "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim());
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: error.name, code, kind, frames, cause };
}
