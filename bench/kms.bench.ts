// The key service over TLS as clients call it, the trail recorded and synced: `node tools/run.mjs bench/kms.bench.ts [SECONDS]`.
// Counts calls per second of the server's processor time, which is what one core of it does; ends with 1 below 5,000.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callKms, signKmsCall } from "./load/kms-call.ts";
import { type Measurement, measure, wrkVersion } from "./load/wrk.ts";
import type { Peer } from "./peers/peer.ts";
import { startStrongroom } from "./peers/strongroom.ts";

const WANTED_PER_CORE = 5000;
const CONNECTIONS = 64;
const ROUNDS = 3;
const seconds = Number(process.argv[2] ?? "5");

interface Rate {
  readonly measurement: Measurement;
  readonly perCore: number;
}

async function rate(peer: Peer, operation: string, input: object, scratch: string): Promise<Rate> {
  const { headers, body } = signKmsCall(peer.endpoint, operation, input);
  const bytes = Buffer.from(body);
  const load = {
    method: "POST",
    targets: ["/"],
    ranges: [],
    headers,
    bodyBytes: bytes.length,
    connections: CONNECTIONS,
    threads: 1,
    seconds,
  } as const;
  const before = peer.cpuSeconds() ?? Number.NaN;
  const measurement = await measure(peer.endpoint, load, scratch, bytes);
  const cpu = (peer.cpuSeconds() ?? Number.NaN) - before;
  return { measurement, perCore: measurement.requests / cpu };
}

if (wrkVersion() === null) throw new Error("no wrk found; have it by:  apt-get install wrk");
const scratch = mkdtempSync(join(tmpdir(), "strongroom-kms-bench-"));
const peer = await startStrongroom(scratch, null);
try {
  const made = await callKms(peer.endpoint, "CreateKey", {});
  const KeyId = Reflect.get(Object(made["KeyMetadata"]), "KeyId");
  const EncryptionContext = { "aws:s3:arn": "arn:aws:s3:::bucket/a/key/of/some/length.txt" };
  const generate = { KeyId, KeySpec: "AES_256", EncryptionContext };
  const { CiphertextBlob } = await callKms(peer.endpoint, "GenerateDataKey", generate);
  const calls = { GenerateDataKey: generate, Decrypt: { CiphertextBlob, EncryptionContext } };
  for (let round = 0; round < ROUNDS; round += 1) {
    const perCore: number[] = [];
    let errors = 0;
    for (const [operation, input] of Object.entries(calls)) {
      const { measurement, perCore: own } = await rate(peer, operation, input, scratch);
      perCore.push(own);
      errors += measurement.errors;
      console.log(
        `${operation.padEnd(16)} ${measurement.requestsPerSecond.toFixed(0).padStart(6)}/s beside the load, ` +
          `${own.toFixed(0).padStart(6)}/s of one core, p50 ${measurement.medianMs.toFixed(1)} ms, ` +
          `p99 ${measurement.p99Ms.toFixed(1)} ms${measurement.errors > 0 ? `, ${measurement.errors} ERRORS` : ""}`,
      );
    }
    if (errors > 0) throw new Error("calls were refused: what was measured says nothing");
    if (round === ROUNDS - 1 && perCore.some((own) => !(own >= WANTED_PER_CORE))) process.exitCode = 1;
  }
} finally {
  await peer.stop();
  rmSync(scratch, { recursive: true, force: true });
}
