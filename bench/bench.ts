// Rates of this server beside MinIO's, both over TLS, encrypting every object and syncing every write, in one run.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, release, tmpdir, totalmem, type } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BUCKET, CASES, type Case, createBucket, loadOf, prepareCase } from "./load/cases.ts";
import { type Measurement, measure, wrkVersion } from "./load/wrk.ts";
import { findMinio, MINIO_HINT, startMinio } from "./peers/minio.ts";
import type { Peer } from "./peers/peer.ts";
import { startStrongroom } from "./peers/strongroom.ts";

const USAGE = `npm run bench -- [options]
  --only NAMES   comma-separated: ${CASES.map((of) => of.name).join(", ")}
  --seconds N    of each measurement (5)
  --rounds N     the peers take turns in each (3)
  --workers N    of the server (its default)
  --full         also the long cases
  --no-peer      this server alone
  --no-self      the peer alone
  --dir FOLDER   scratch folder, on the disk to be measured (the system's temporary folder)
  --out FILE     where to write the results (bench/results/<date>.json for a whole run, nowhere for a part)`;

const { values: options } = parseArgs({
  options: {
    only: { type: "string" },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    workers: { type: "string" },
    full: { type: "boolean", default: false },
    "no-peer": { type: "boolean", default: false },
    "no-self": { type: "boolean", default: false },
    dir: { type: "string" },
    out: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

interface CaseResult {
  readonly name: string;
  readonly rates: Readonly<Record<string, number>>;
  readonly ratio: number | null;
  readonly target: number | null;
  readonly met: boolean | null;
  readonly rounds: Readonly<Record<string, readonly Measurement[]>>;
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

function requireNumber(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} wants a whole number above 0, not ${text}`);
  return value;
}

function chooseCases(): readonly Case[] {
  if (options.only === undefined) return CASES.filter((of) => options.full || !of.fullOnly);
  return options.only.split(",").map((name) => {
    const found = CASES.find((of) => of.name === name);
    if (found === undefined) throw new Error(`no case ${name}\n${USAGE}`);
    return found;
  });
}

async function startPeers(scratch: string): Promise<Peer[]> {
  const peers: Peer[] = [];
  const folder = (name: string): string => {
    const path = join(scratch, name);
    mkdirSync(path);
    return path;
  };
  if (!options["no-self"]) peers.push(await startStrongroom(folder("strongroom"), options.workers ?? null));
  const minio = options["no-peer"] ? null : findMinio();
  if (minio !== null) peers.push(await startMinio(minio, folder("minio")));
  else if (!options["no-peer"]) process.stderr.write(`${MINIO_HINT}\n`);
  return peers;
}

async function runCase(
  peers: readonly Peer[],
  of: Case,
  scratch: string,
  body: Uint8Array,
): Promise<CaseResult> {
  const seconds = requireNumber(options.seconds, "seconds");
  const rounds: Record<string, Measurement[]> = {};
  for (const peer of peers) {
    await prepareCase(peer, of, body);
    rounds[peer.name] = [];
  }
  for (let round = 0; round < requireNumber(options.rounds, "rounds"); round += 1) {
    for (const peer of peers)
      rounds[peer.name]?.push(await measure(peer.endpoint, loadOf(peer, of, seconds), scratch, body));
  }
  const rates: Record<string, number> = {};
  for (const peer of peers)
    rates[peer.name] = median((rounds[peer.name] ?? []).map((m) => m.requestsPerSecond));
  const ours = rates["strongroom"];
  const theirs = rates["minio"];
  const ratio = ours === undefined || theirs === undefined ? null : ours / theirs;
  const met = ratio === null || of.target === null ? null : ratio >= of.target;
  return { name: of.name, rates, ratio, target: of.target, met, rounds };
}

function printRow(of: Case, result: CaseResult, peers: readonly Peer[]): void {
  const perPeer = peers.map((peer) => {
    const taken = result.rounds[peer.name] ?? [];
    const rate = result.rates[peer.name] ?? Number.NaN;
    const moved =
      of.kind === "put" || of.kind === "get" ? ` ${((rate * of.sizeBytes) / 2 ** 20).toFixed(0)} MiB/s` : "";
    const errors = taken.reduce((sum, m) => sum + m.errors, 0);
    const latency = `p50 ${median(taken.map((m) => m.medianMs)).toFixed(1)} p99 ${median(taken.map((m) => m.p99Ms)).toFixed(1)} ms`;
    return `${`${rate.toFixed(rate < 100 ? 1 : 0)}/s${moved}`.padEnd(24)}${latency.padEnd(24)}${errors > 0 ? `${errors} ERRORS ` : ""}`;
  });
  const wanted =
    result.target === null
      ? ""
      : `want ${result.target}  ${result.met === null ? "" : result.met ? "met" : "NOT MET"}`;
  const ratio = result.ratio === null ? "-" : `${result.ratio.toFixed(2)}x`;
  process.stdout.write(`${[of.name.padEnd(11), ...perPeer, ratio.padEnd(8), wanted].join(" ").trimEnd()}\n`);
}

function machineFacts(scratch: string): Readonly<Record<string, string | number>> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    filesystemType: `0x${statfsSync(scratch).type.toString(16)}`,
    node: process.version,
    // What else ran: far above nought before the start, the rates say little and the ratios less than they seem.
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  };
}

function writeResults(path: string, content: unknown): void {
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  process.stdout.write(`wrote the results\n`);
}

async function main(): Promise<void> {
  if (options.help) return void process.stdout.write(`${USAGE}\n`);
  const cases = chooseCases();
  const wrk = wrkVersion();
  if (wrk === null) throw new Error("no wrk found; have it by:  apt-get install wrk");
  const scratch = mkdtempSync(join(options.dir ?? tmpdir(), "strongroom-bench-"));
  const peers: Peer[] = [];
  const results: CaseResult[] = [];
  const machine = machineFacts(scratch);
  const date = new Date().toISOString();
  try {
    peers.push(...(await startPeers(scratch)));
    if (peers.length === 0) throw new Error("nothing to measure");
    const body = randomBytes(Math.max(...cases.map((of) => of.sizeBytes)));
    for (const peer of peers) await createBucket(peer, BUCKET);
    process.stdout.write(
      `${"case".padEnd(11)} ${peers.map((peer) => peer.name.padEnd(48)).join(" ")} ratio\n`,
    );
    for (const of of cases) {
      const result = await runCase(peers, of, scratch, body);
      results.push(result);
      printRow(of, result, peers);
    }
    const memory = Object.fromEntries(peers.map((peer) => [peer.name, peer.residentMiB()]));
    process.stdout.write(`resident MiB at the end: ${JSON.stringify(memory)}\n`);
    const out = options.out ?? (options.only === undefined && peers.length > 1 ? resultsPath(date) : null);
    const described = peers.map(({ name, version, settings }) => ({ name, version, settings }));
    const settings = { tool: wrk, seconds: options.seconds, rounds: options.rounds };
    const content = {
      date,
      machine,
      settings,
      peers: described,
      residentMiB: memory,
      cases: results,
    };
    if (out !== null) writeResults(out, content);
  } finally {
    await Promise.all(peers.map((peer) => peer.stop()));
    rmSync(scratch, { recursive: true, force: true });
  }
}

function resultsPath(date: string): string {
  const folder = new URL("results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  return new URL(`${date.slice(0, 16).replace(":", "")}Z.json`, folder).pathname;
}

await main();
