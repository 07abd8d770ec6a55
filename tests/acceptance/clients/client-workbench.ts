import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import type { Tally } from "../../harness/tally.ts";
import { bytesOf } from "../../harness/test-bytes.ts";
import type { TestServer } from "../../harness/test-server.ts";
import { isRoot, runTool } from "../../harness/tool-lookup.ts";

/** What every client's session is given: the server, a home folder of its own and a tally. */
export interface ClientWorkbench {
  readonly server: TestServer;
  readonly home: string;
  readonly tally: Tally;
}

export const MULTIPART_BYTES = 24 << 20;

/** Writes a file of `sizeBytes` and says its SHA-256. */
export function makeFile(
  bench: ClientWorkbench,
  name: string,
  sizeBytes: number,
): { path: string; sha256: string } {
  const path = join(bench.home, name);
  const bytes = bytesOf(name, sizeBytes);
  writeFileSync(path, bytes);
  return { path, sha256: createHash("sha256").update(bytes).digest("hex") };
}

export const sha256OfFile = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

/** Runs a tool with the variables that `strongroom env` prints, and nothing else; one set to "" is left out. */
export async function runClient(
  bench: ClientWorkbench,
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout } = await runTool(command, parameters, {
    environment: Object.fromEntries(
      Object.entries({ ...bench.server.environment.variables, ...environment }).filter(
        ([, value]) => value !== "",
      ),
    ),
    home: bench.home,
  });
  return stdout;
}

/** Fetches a presigned URL as any HTTPS client would, trusting the server's certificate authority. */
export function fetchUrl(bench: ClientWorkbench, url: string): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    get(url, { ca: bench.server.environment.ca }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
      response.on("error", reject);
    }).on("error", reject);
  });
}

/** Why bucket names cannot be made to resolve below `localhost` here, or false. */
export const noVirtualHosts: string | false = isRoot ? false : "needs root to give the tool a hosts file";

/**
 * Runs a tool that puts the bucket into the host name: BUCKET.s3.localhost. The resolver is told by a hosts file that
 * only this process sees.
 */
export async function runVirtualHostClient(
  bench: ClientWorkbench,
  buckets: readonly string[],
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const hosts = join(bench.home, "hosts");
  writeFileSync(
    hosts,
    `127.0.0.1 localhost s3.localhost ${buckets.map((bucket) => `${bucket}.s3.localhost`).join(" ")}\n`,
  );
  const script = `mount --bind '${hosts}' /etc/hosts && exec "$@"`;
  return runClient(bench, "unshare", ["-m", "sh", "-c", script, "sh", command, ...parameters], {
    AWS_ENDPOINT_URL: virtualHostEndpoint(bench),
    ...environment,
  });
}

export const virtualHostEndpoint = (bench: ClientWorkbench): string =>
  `https://s3.localhost:${bench.server.process.port}`;
