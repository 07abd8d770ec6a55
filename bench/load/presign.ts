import { createHash, createHmac } from "node:crypto";
import type { Endpoint } from "../peers/peer.ts";

const EXPIRES_SECONDS = 86_400;

const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** Signs request targets of one endpoint, and headers by their lower-case names, in the query string (SigV4, UNSIGNED-PAYLOAD, one day). */
export function presigner(
  endpoint: Endpoint,
): (
  method: string,
  path: string,
  query?: Readonly<Record<string, string>>,
  headers?: Readonly<Record<string, string>>,
) => string {
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const scope = `${day}/${endpoint.region}/s3/aws4_request`;
  let signingKey = hmac(`AWS4${endpoint.secretAccessKey}`, day);
  for (const part of [endpoint.region, "s3", "aws4_request"]) signingKey = hmac(signingKey, part);

  return (method, path, query = {}, headers = {}) => {
    const signed = Object.entries({ ...headers, host: `${endpoint.host}:${endpoint.port}` }).sort(
      ([a], [b]) => (a < b ? -1 : 1),
    );
    const signedNames = signed.map(([name]) => name).join(";");
    const pairs = Object.entries({
      ...query,
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `${endpoint.accessKeyId}/${scope}`,
      "X-Amz-Date": stamp,
      "X-Amz-Expires": String(EXPIRES_SECONDS),
      "X-Amz-SignedHeaders": signedNames,
    }).map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`);
    const canonicalQuery = pairs.sort().join("&");
    const target = path.split("/").map(percentEncode).join("/");
    const lines = signed.map(([name, value]) => `${name}:${value}\n`).join("");
    const canonical = [method, target, canonicalQuery, lines, signedNames, "UNSIGNED-PAYLOAD"].join("\n");
    const digest = createHash("sha256").update(canonical).digest("hex");
    const signature = hmac(signingKey, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${digest}`).toString("hex");
    return `${target}?${canonicalQuery}&X-Amz-Signature=${signature}`;
  };
}
