import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, groupCpuSeconds, groupResidentMiB, startChild, waitUntil } from "./child-server.ts";
import type { Peer } from "./peer.ts";

const run = promisify(execFile);
const launcher = createRequire(import.meta.url).resolve("strongroom/bin/strongroom.mjs");

function requireText(values: Readonly<Record<string, unknown>>, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new Error(`strongroom env does not print ${name}`);
  return value;
}

async function readEnvironment(dataDir: string, port: number): Promise<Readonly<Record<string, unknown>>> {
  const args = [launcher, "env", "--data-dir", dataDir, "--endpoint", `https://127.0.0.1:${port}`, "--json"];
  const { stdout } = await run(process.execPath, args);
  const parsed: unknown = JSON.parse(stdout);
  if (parsed === null || typeof parsed !== "object")
    throw new Error("strongroom env --json prints no object");
  return Object.fromEntries(Object.entries(parsed));
}

/** The server of this repository as anyone starts it: default settings, its own folder, its own authority. */
export async function startStrongroom(
  folder: string,
  workers: string | null,
  moreArguments: readonly string[] = [],
): Promise<Peer> {
  const dataDir = join(folder, "data");
  const port = await freePort();
  const args = ["serve", "--data-dir", dataDir, "--root-key-file", join(folder, "root.key")];
  args.push("--listen", `127.0.0.1:${port}`, ...(workers === null ? [] : ["--workers", workers]));
  args.push(...moreArguments);
  const child = startChild(process.execPath, [launcher, ...args], { ...process.env, HOME: folder });
  await waitUntil(child, () => /^ready https:/m.test(child.tail()), 30_000);
  const env = await readEnvironment(dataDir, port);
  const version = execVersion();
  return {
    name: "strongroom",
    version,
    settings: {
      tls: "own authority",
      encryption: "SSE-S3 on every object",
      durability: "default (fsync before the reply)",
      workers: workers ?? "default",
    },
    endpoint: {
      host: "127.0.0.1",
      port,
      ca: readFileSync(requireText(env, "AWS_CA_BUNDLE"), "utf8"),
      region: requireText(env, "AWS_REGION"),
      accessKeyId: requireText(env, "AWS_ACCESS_KEY_ID"),
      secretAccessKey: requireText(env, "AWS_SECRET_ACCESS_KEY"),
    },
    residentMiB: () => groupResidentMiB(child.process.pid),
    cpuSeconds: () => groupCpuSeconds(child.process.pid),
    stop: () => child.stop(),
  };
}

function execVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return /"version": "([^"]+)"/.exec(text)?.[1] ?? "unknown";
}
