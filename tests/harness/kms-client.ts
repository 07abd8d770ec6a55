import type { Credentials } from "./sigv4-signer.ts";
import type { WireClient, WireResponse } from "./wire-client.ts";

export interface KmsCallOptions {
  readonly region?: string;
  readonly credentials?: Credentials;
}

/** Sends one operation of the key service without an SDK. Buffers in the input travel as base64. */
export function callKms(
  client: WireClient,
  operation: string,
  input: object = {},
  options: KmsCallOptions = {},
): Promise<WireResponse> {
  return client.request({
    method: "POST",
    service: "kms",
    headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${operation}` },
    body: Buffer.from(JSON.stringify(toJson(input))),
    ...options,
  });
}

/** The members of an answer, or the error's `__type` and `message`; none for an empty body. */
export function kmsFields(response: WireResponse): Readonly<Record<string, unknown>> {
  const text = response.body.toString("utf8");
  const parsed: unknown = text === "" ? {} : JSON.parse(text);
  return parsed !== null && typeof parsed === "object" ? { ...parsed } : {};
}

function toJson(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString("base64");
  if (Array.isArray(value)) return value.map(toJson);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toJson(member)]));
}
