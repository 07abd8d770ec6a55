import { createHash, createHmac } from "node:crypto";
import { request } from "node:https";
import type { Endpoint } from "../peers/peer.ts";

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A call of the key service as it goes over the wire: good for fifteen minutes. */
export interface KmsRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Signs a call in its headers (SigV4). */
export function signKmsCall(endpoint: Endpoint, operation: string, input: object): KmsRequest {
  const body = JSON.stringify(input);
  const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
  const day = stamp.slice(0, 8);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host: `${endpoint.host}:${endpoint.port}`,
    "x-amz-date": stamp,
    "x-amz-target": `TrentService.${operation}`,
  };
  const names = Object.keys(headers).join(";");
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = ["POST", "/", "", lines.join(""), names, sha256(body)].join("\n");
  const scope = `${day}/${endpoint.region}/kms/aws4_request`;
  let key = hmac(`AWS4${endpoint.secretAccessKey}`, day);
  for (const part of [endpoint.region, "kms", "aws4_request"]) key = hmac(key, part);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${stamp}\n${scope}\n${sha256(canonical)}`).toString("hex");
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${endpoint.accessKeyId}/${scope}, ` +
    `SignedHeaders=${names}, Signature=${signature}`;
  // Clients send the host themselves.
  const { host: _, ...sent } = headers;
  return { headers: { ...sent, authorization }, body };
}

/** Calls once; throws on any status but 200. */
export function callKms(
  endpoint: Endpoint,
  operation: string,
  input: object,
): Promise<Readonly<Record<string, unknown>>> {
  const { headers, body } = signKmsCall(endpoint, operation, input);
  const { host, port, ca } = endpoint;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, ca, method: "POST", path: "/", headers }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (reply.statusCode !== 200)
          reject(new Error(`${operation}: ${reply.statusCode} ${text.slice(0, 500)}`));
        else resolve(Object(JSON.parse(text)));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
