// The cipher part of the S3 encryption client beside OpenSSL's own, in one run: node tools/run.mjs bench/s3-encryption-client.bench.ts
//   --rounds N    seconds of each, taking turns (5); the best counts on both sides
//   --out FILE    writes the numbers as JSON
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  AesKeyring,
  decryptObject,
  encryptObject,
  encryptObjectStream,
} from "@strongroom/s3-encryption-client";

const MIB = 1024 * 1024;
const SIZE_BYTES = 64 * MIB;
const CHUNK_BYTES = MIB;
const TARGET = 0.9;

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, out: { type: "string" } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds wants a whole number above 0");

const keyring = new AesKeyring({ key: randomBytes(32) });
const plaintext = new Uint8Array(randomBytes(SIZE_BYTES));
const stored = await encryptObject(plaintext, { keyring });

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < SIZE_BYTES; at += CHUNK_BYTES) yield plaintext.subarray(at, at + CHUNK_BYTES);
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  let count = 0;
  for await (const chunk of body) count += chunk.length;
  if (count < SIZE_BYTES) throw new Error("the body ended early");
}

const CASES: Readonly<Record<string, () => Promise<unknown>>> = {
  "encrypt, streamed": async () => drain((await encryptObjectStream(chunks(), { keyring })).body),
  "encrypt, whole": () => encryptObject(plaintext, { keyring }),
  "decrypt, verified first": async () => {
    const object = { metadata: stored.metadata, body: stored.body };
    return drain((await decryptObject(object, { keyring, bufferSizeBytes: 2 * SIZE_BYTES })).body);
  },
  "decrypt, delayed": async () => {
    const object = { metadata: stored.metadata, body: stored.body };
    return drain((await decryptObject(object, { keyring, enableDelayedAuthentication: true })).body);
  },
};

/** The best of a second's runs, in MiB a second: what other processes take away is not the cipher's. */
async function measure(run: () => Promise<unknown>): Promise<number> {
  let fastest = Number.POSITIVE_INFINITY;
  for (const begin = process.hrtime.bigint(); process.hrtime.bigint() - begin < 1_000_000_000n; ) {
    const start = process.hrtime.bigint();
    await run();
    fastest = Math.min(fastest, Number(process.hrtime.bigint() - start));
  }
  return (SIZE_BYTES / MIB / fastest) * 1e9;
}

/** What `openssl speed` prints in units of 1000 bytes a second, in MiB a second; null when there is no openssl. */
function opensslSpeed(): number | null {
  const { status, stdout } = spawnSync(
    "openssl",
    ["speed", "-mr", "-seconds", "1", "-bytes", "16384", "-evp", "aes-256-gcm"],
    {
      encoding: "utf8",
    },
  );
  const rate = Number(/^\+F:\d+:AES-256-GCM:([\d.]+)/im.exec(stdout)?.[1]);
  return status === 0 && rate > 0 ? rate / MIB : null;
}

const best: Record<string, number> = {};
const keep = (name: string, rate: number): void => {
  best[name] = Math.max(best[name] ?? 0, rate);
};
for (let round = 0; round < rounds; round++) {
  const openssl = opensslSpeed();
  if (openssl !== null) keep("openssl speed -evp aes-256-gcm", openssl);
  for (const [name, run] of Object.entries(CASES)) keep(name, await measure(run));
}
const floor = best["openssl speed -evp aes-256-gcm"] ?? null;
console.log(
  `AES-256-GCM, ${SIZE_BYTES / MIB} MiB, best of ${rounds}, Node.js ${process.version}, OpenSSL ${process.versions.openssl} inside`,
);
for (const [name, rate] of Object.entries(best)) {
  const ratio = floor === null ? "" : `${((rate / floor) * 100).toFixed(0)} %`;
  console.log(`${name.padEnd(32)} ${rate.toFixed(0).padStart(7)} MiB/s  ${ratio.padStart(6)}`);
}
const ratio = floor === null ? null : (best["encrypt, streamed"] ?? 0) / floor;
console.log(
  ratio === null
    ? "no openssl to compare with"
    : `target ${TARGET * 100} %: ${ratio >= TARGET ? "met" : "missed"}`,
);
if (values.out !== undefined)
  writeFileSync(values.out, `${JSON.stringify({ rounds, sizeBytes: SIZE_BYTES, best, ratio }, null, 2)}\n`);
