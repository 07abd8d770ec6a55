import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  errorCodeOf,
  type WireClient,
  type WireRequest,
  type WireResponse,
} from "../../harness/wire-client.ts";

export type Mode = "GOVERNANCE" | "COMPLIANCE";

export interface Version {
  readonly bucket: string;
  readonly objectKey: string;
  readonly versionId: string;
}

export const BYPASS = { "x-amz-bypass-governance-retention": "true" };

/** `200`, or `403 AccessDenied`. */
export const verdict = (response: WireResponse): string =>
  `${response.status} ${errorCodeOf(response)}`.trim();

/** A body with the digest that whatever locks, or is locked, has to bring. */
export function sealed(text: string): Pick<WireRequest, "body" | "headers"> {
  const digest = createHash("md5").update(text).digest("base64");
  return { body: Buffer.from(text), headers: { "content-md5": digest } };
}

export async function makeLockedBucket(client: WireClient, bucket: string): Promise<void> {
  const headers = { "x-amz-bucket-object-lock-enabled": "true" };
  assert.equal(verdict(await client.request({ method: "PUT", bucket, headers })), "200");
}

export async function putVersion(client: WireClient, bucket: string, objectKey: string): Promise<Version> {
  const answer = await client.request({ method: "PUT", bucket, objectKey, body: Buffer.from(objectKey) });
  assert.equal(verdict(answer), "200", objectKey);
  return { bucket, objectKey, versionId: String(answer.headers["x-amz-version-id"]) };
}

const named = ({ bucket, objectKey, versionId }: Version, query: Readonly<Record<string, string>> = {}) => ({
  bucket,
  objectKey,
  query: { versionId, ...query },
});

export function retain(
  client: WireClient,
  version: Version,
  mode: Mode,
  untilMs: number,
): Promise<WireResponse> {
  const until = new Date(untilMs).toISOString();
  const text = `<Retention><Mode>${mode}</Mode><RetainUntilDate>${until}</RetainUntilDate></Retention>`;
  return client.request({ method: "PUT", ...named(version, { retention: "" }), ...sealed(text) });
}

export function hold(client: WireClient, version: Version, status: "ON" | "OFF"): Promise<WireResponse> {
  const text = `<LegalHold><Status>${status}</Status></LegalHold>`;
  return client.request({ method: "PUT", ...named(version, { "legal-hold": "" }), ...sealed(text) });
}

export function remove(
  client: WireClient,
  version: Version,
  headers: Readonly<Record<string, string>> = {},
): Promise<WireResponse> {
  return client.request({ method: "DELETE", ...named(version), headers });
}

export function read(client: WireClient, version: Version): Promise<WireResponse> {
  return client.request({ method: "GET", ...named(version) });
}
