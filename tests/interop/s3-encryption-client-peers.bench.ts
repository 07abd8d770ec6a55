// Our S3 encryption client beside Amazon's for Python and for Java, the same puts and gets against the same server, taking turns:
//   node tools/run.mjs tests/interop/s3-encryption-client-peers.bench.ts [--rounds N] [--out FILE | --no-out]
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startTestServer } from "../harness/test-server.ts";
import { makeKeys, openParticipants, startOwnPeer } from "./interop-bench.ts";
import { OURS, type ParticipantName } from "./matrix/shapes.ts";
import type { Participant, PeerRequest } from "./peers/peer-process.ts";
import { PEER_PROGRAMS, type PeerName } from "./peers/peer-programs.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    out: { type: "string" },
    "no-out": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds wants a whole number above 0");

const PEERS: readonly PeerName[] = ["python", "java-v4"];
const BUCKET = "peers";
const MIB = 1 << 20;
/** Below the 64 MiB that Java and ours hold until they are verified. */
const CASES = [
  { name: "4 KiB", sizeBytes: 4 << 10, repeat: 50 },
  { name: "1 MiB", sizeBytes: MIB, repeat: 20 },
  { name: "32 MiB", sizeBytes: 32 * MIB, repeat: 3 },
] as const;

interface Result {
  readonly name: string;
  /** Milliseconds of one operation: the median of the rounds. */
  readonly medianMs: Readonly<Record<string, number>>;
  /** How many times as long as ours a peer takes. */
  readonly ratio: Readonly<Record<string, number>>;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function ask(participant: Participant, request: PeerRequest): Promise<number> {
  const answer = await participant.ask(request);
  if (!answer.ok) throw new Error(answer.error);
  return answer.elapsedMs / (request.repeat ?? 1);
}

async function measure(
  all: ReadonlyMap<ParticipantName, Participant>,
  request: Omit<PeerRequest, "key">,
  name: string,
): Promise<Result> {
  const taken = new Map<ParticipantName, number[]>([...all.keys()].map((who) => [who, []]));
  // The first round warms up: virtual machines compile, connections open. It does not count.
  for (let round = 0; round <= rounds; round++) {
    for (const [who, participant] of all) {
      const ms = await ask(participant, { ...request, key: `${who}-${name}` });
      if (round > 0) taken.get(who)?.push(ms);
    }
  }
  const medianMs = Object.fromEntries([...taken].map(([who, numbers]) => [who, median(numbers)]));
  const ours = medianMs[OURS] ?? Number.NaN;
  const ratio = Object.fromEntries(Object.entries(medianMs).map(([who, ms]) => [who, ms / ours]));
  return { name: `${request.op} ${name}`, medianMs, ratio };
}

function printRow({ name, medianMs, ratio }: Result): void {
  const columns = Object.entries(medianMs).map(
    ([who, ms]) => `${who} ${ms.toFixed(1)} ms`.padEnd(24) + `${ratio[who]?.toFixed(2)}x`.padEnd(9),
  );
  process.stdout.write(`${name.padEnd(11)} ${columns.join(" ").trimEnd()}\n`);
}

function writeResults(results: readonly Result[], loadBefore: number): void {
  const date = new Date().toISOString();
  const folder = new URL("../../bench/results/", import.meta.url);
  mkdirSync(folder, { recursive: true });
  const path = values.out ?? new URL(`s3-encryption-client-peers-${date.slice(0, 10)}.json`, folder).pathname;
  const clients = {
    [OURS]: process.version,
    ...Object.fromEntries(PEERS.map((name) => [name, PEER_PROGRAMS[name].title])),
  };
  const machine = { cpu: cpus()[0]?.model ?? "unknown", cores: cpus().length, loadBefore };
  const settings = { rounds, keyring: "KMS key", suite: "AES-GCM with key commitment", transport: "TLS" };
  writeFileSync(path, `${JSON.stringify({ date, machine, settings, clients, cases: results }, null, 2)}\n`);
  process.stdout.write("wrote the results\n");
}

const loadBefore = Math.round((loadavg()[0] ?? 0) * 10) / 10;
const scratch = mkdtempSync(join(tmpdir(), "strongroom-bench-"));
const server = await startTestServer("bench-peers");
const participants = await openParticipants(server.environment, PEERS);
const own = startOwnPeer(server.environment);
try {
  for (const [name, reason] of participants.missing) process.stderr.write(`without ${name}: ${reason}\n`);
  await server.makeBucket(BUCKET);
  const { keyrings, noKms } = await makeKeys(participants.kms);
  if (noKms !== null) throw new Error(`the server has no KMS: ${noKms}`);
  const all = new Map([...participants.all, [OURS, own] as const]);
  const results: Result[] = [];
  for (const { name, sizeBytes, repeat } of CASES) {
    const file = join(scratch, String(sizeBytes));
    writeFileSync(file, randomBytes(sizeBytes));
    for (const op of ["put", "get"] as const) {
      const keyring = { kind: "kms", ...keyrings.get("kms") };
      const request = {
        op,
        bucket: BUCKET,
        suite: "commit",
        keyring,
        storage: "metadata",
        context: {},
        file,
        repeat,
      } as const;
      const result = await measure(all, { ...request, digest: false }, name);
      printRow(result);
      results.push(result);
    }
  }
  if (!values["no-out"]) writeResults(results, loadBefore);
} finally {
  await own.close();
  await participants.close();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
