import { Agent, type RequestOptions, request } from "node:https";
import type { Endpoint } from "../peers/peer.ts";

/** Sends one request and drains the answer; throws on any status but 2xx. */
export function send(
  endpoint: Endpoint,
  agent: Agent,
  method: string,
  target: string,
  body: Uint8Array | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const options: RequestOptions = {
    host: endpoint.host,
    port: endpoint.port,
    path: target,
    method,
    agent,
    ca: endpoint.ca,
  };
  options.headers = body === null ? headers : { ...headers, "content-length": body.length };
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (reply) => {
      let text = "";
      reply.on("data", (chunk: Buffer) => {
        if (text.length < 2_000) text += chunk.toString("latin1");
      });
      reply.on("error", reject);
      reply.on("end", () => {
        const status = reply.statusCode ?? 0;
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`${method} ${target.split("?")[0]}: ${status} ${text.slice(0, 500)}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body ?? undefined);
  });
}

/** Sends every target once, `connections` at a time, with the same body. */
export async function fill(
  endpoint: Endpoint,
  method: string,
  targets: Iterable<string>,
  body: Uint8Array | null,
  connections: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const queue = targets[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) {
      await send(endpoint, agent, method, next.value, body, headers);
    }
  };
  try {
    await Promise.all(Array.from({ length: connections }, lane));
  } finally {
    agent.destroy();
  }
}
