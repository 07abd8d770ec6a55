// Our S3 encryption client beside Amazon's for Python and for Java, the same puts and gets against the same server, taking turns:
//   node tools/run.mjs tests/interop/s3-encryption-client-peers.bench.ts [--rounds N] [--out FILE | --no-out]
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { processorMs } from "../harness/process-facts.ts";
import { startTestServer } from "../harness/test-server.ts";
import { makeKeys, openParticipants, startOwnPeer } from "./interop-bench.ts";
import { OURS } from "./matrix/shapes.ts";
import { PeerProcess, type PeerRequest } from "./peers/peer-process.ts";
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

const WARM_UP_COUNT = 400;

/** Ours under plain Node.js, and under the flag that spares it collections. */
type Contender = typeof OURS | typeof TUNED | PeerName;
const TUNED = "strongroom-tuned";

interface Result {
  readonly name: string;
  /** Milliseconds of one operation: the median of the rounds. */
  readonly medianMs: Readonly<Record<string, number>>;
  /** How many times as long as ours a peer takes. */
  readonly ratio: Readonly<Record<string, number>>;
  /** Milliseconds of processor time that the client's process takes for one operation: the median of the rounds. */
  readonly processorMs: Readonly<Record<string, number>>;
}

interface Taken {
  readonly wallMs: number;
  readonly processorMs: number;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

async function ask(participant: PeerProcess, request: PeerRequest): Promise<Taken> {
  const before = processorMs(participant.pid);
  const answer = await participant.ask(request);
  if (!answer.ok) throw new Error(answer.error);
  const count = request.repeat ?? 1;
  return { wallMs: answer.elapsedMs / count, processorMs: (processorMs(participant.pid) - before) / count };
}

/** Virtual machines compile what runs often, and are fast only then: hundreds of operations, of every client. */
async function warmUp(
  all: ReadonlyMap<Contender, PeerProcess>,
  request: Omit<PeerRequest, "key" | "op">,
): Promise<void> {
  for (const [who, participant] of all) {
    for (const op of ["put", "get"] as const)
      await ask(participant, { ...request, op, key: `${who}-warm`, repeat: WARM_UP_COUNT });
  }
}

async function measure(
  all: ReadonlyMap<Contender, PeerProcess>,
  request: Omit<PeerRequest, "key">,
  name: string,
): Promise<Result> {
  const taken = new Map<Contender, Taken[]>([...all.keys()].map((who) => [who, []]));
  // The first round does not count: buffers of this size are new to everyone.
  for (let round = 0; round <= rounds; round++) {
    for (const [who, participant] of all) {
      const one = await ask(participant, { ...request, key: `${who}-${name}` });
      if (round > 0) taken.get(who)?.push(one);
    }
  }
  const medians = (of: (one: Taken) => number): Record<string, number> =>
    Object.fromEntries([...taken].map(([who, all]) => [who, median(all.map(of))]));
  const medianMs = medians((one) => one.wallMs);
  const ours = medianMs[OURS] ?? Number.NaN;
  const ratio = Object.fromEntries(Object.entries(medianMs).map(([who, ms]) => [who, ms / ours]));
  const processor = medians((one) => one.processorMs);
  return { name: `${request.op} ${name}`, medianMs, ratio, processorMs: processor };
}

function printRow({ name, medianMs, ratio, processorMs }: Result): void {
  const columns = Object.entries(medianMs).map(
    ([who, ms]) =>
      `${who} ${ms.toFixed(1)} ms`.padEnd(22) +
      `${ratio[who]?.toFixed(2)}x, cpu ${processorMs[who]?.toFixed(1)} ms`.padEnd(22),
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
    [TUNED]: `${process.version} --external-memory-accounted-in-global-limit`,
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
const own = startOwnPeer(server.environment, false);
const tuned = startOwnPeer(server.environment, true);
try {
  for (const [name, reason] of participants.missing) process.stderr.write(`without ${name}: ${reason}\n`);
  await server.makeBucket(BUCKET);
  const { keyrings, noKms } = await makeKeys(participants.kms);
  if (noKms !== null) throw new Error(`the server has no KMS: ${noKms}`);
  const all = new Map<Contender, PeerProcess>([
    [OURS, own],
    [TUNED, tuned],
  ]);
  for (const name of PEERS) {
    const peer = participants.all.get(name);
    if (peer instanceof PeerProcess) all.set(name, peer);
  }
  const results: Result[] = [];
  for (const { name, sizeBytes, repeat } of CASES) {
    const file = join(scratch, String(sizeBytes));
    writeFileSync(file, randomBytes(sizeBytes));
    const keyring = { kind: "kms", ...keyrings.get("kms") };
    const how = { bucket: BUCKET, suite: "commit", keyring, storage: "metadata", context: {} } as const;
    const request = { ...how, file, repeat, digest: false };
    if (results.length === 0) await warmUp(all, request);
    for (const op of ["put", "get"] as const) {
      const result = await measure(all, { ...request, op }, name);
      printRow(result);
      results.push(result);
    }
  }
  if (!values["no-out"]) writeResults(results, loadBefore);
} finally {
  await own.close();
  await tuned.close();
  await participants.close();
  await server.close();
  rmSync(scratch, { recursive: true, force: true });
}
