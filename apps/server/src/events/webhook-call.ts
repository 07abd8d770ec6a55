import { createHmac, createSecretKey } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { rootCertificates } from "node:tls";
import type { WebhookConfig } from "../config.ts";

/** What became of one message. A status is the receiver's; anything else never reached it, as far as is known. */
export type CallOutcome =
  | { readonly kind: "answered"; readonly status: number }
  | { readonly kind: "failed"; readonly reason: string };

/** Never rejects. `signal` breaks the call off. */
export type WebhookCall = (webhook: WebhookConfig, body: string, signal: AbortSignal) => Promise<CallOutcome>;

const TIMEOUT_MS = 10_000;
const ANSWER_LIMIT_BYTES = 64 * 1024;

/**
 * Posts JSON over TLS, 1.2 or later, to receivers whose certificates hold: there is no way to switch that off. No
 * redirect is followed, and of the answer only its status counts. Token, secret and authorities are read from their
 * files each time, so that they can be replaced while the server runs; one that cannot be read fails the call.
 */
export function createWebhookCall(caFile: string | null): WebhookCall {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, minVersion: "TLSv1.2" });
  return async (webhook, body, signal) => {
    try {
      const headers = await headersOf(webhook, body);
      const authorities = caFile === null ? null : await readFile(caFile, "utf8");
      const ca = authorities === null ? undefined : [...rootCertificates, authorities];
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
      return {
        kind: "answered",
        status: await post(webhook.url, { agent, ca, headers, body, signal: timeout }),
      };
    } catch (error) {
      return { kind: "failed", reason: reasonOf(error) };
    }
  };
}

interface Post {
  readonly agent: Agent;
  readonly ca: string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
}

function post(url: string, { body, ...options }: Post): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const call = request(url, { method: "POST", ...options }, (answer) => {
    let sizeBytes = 0;
    answer.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > ANSWER_LIMIT_BYTES) answer.destroy();
    });
    answer.on("error", () => {});
    answer.on("close", () => resolve(answer.statusCode ?? 0));
  });
  call.on("error", reject);
  call.end(body);
  return promise;
}

async function headersOf(
  { tokenFile, secretFile }: WebhookConfig,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "content-length": String(Buffer.byteLength(body)),
    "user-agent": "strongroom",
  };
  if (tokenFile !== null) headers["authorization"] = `Bearer ${await readSecret(tokenFile)}`;
  if (secretFile !== null) {
    const seconds = Math.floor(Date.now() / 1000);
    const key = createSecretKey(await readSecret(secretFile), "utf8");
    const digest = createHmac("sha256", key).update(`${seconds}.${body}`).digest("hex");
    headers["x-strongroom-signature"] = `t=${seconds},v1=${digest}`;
  }
  return headers;
}

/** Without the line end that editors leave. */
async function readSecret(file: string): Promise<string> {
  const text = (await readFile(file, "utf8")).trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw new TypeError("a secret must be printable and not empty");
  return text;
}

/** A code, never a text: texts name hosts and paths. */
function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.name : "unknown";
}
