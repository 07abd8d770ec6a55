// What each encryption scheme costs beside SSE-S3, over TLS and durable, in one run, the schemes taking turns:
// `node tools/run.mjs bench/schemes.bench.ts [SECONDS] [ROUNDS] [SIZES IN KIB]`. Judged are requests a second of the server's processor
// time, which neighbours on the machine disturb less than the clock; both are printed. Ends with 1 when a ratio is below what is wanted.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fill, send } from "./load/fill.ts";
import { callKms } from "./load/kms-call.ts";
import { presigner } from "./load/presign.ts";
import { measure, wrkVersion } from "./load/wrk.ts";
import type { Peer } from "./peers/peer.ts";
import { startStrongroom } from "./peers/strongroom.ts";

const KIB = 1024;
const SIZES = (process.argv[4] ?? "4,64,1024").split(",").map((text) => Number(text) * KIB);
const CONNECTIONS = 8;
const METHODS = ["PUT", "GET"] as const;
const [seconds = 4, rounds = 5] = process.argv.slice(2, 4).map(Number);

interface Scheme {
  readonly name: string;
  readonly bucket: string;
  /** The bucket's default; null: as it is made. */
  readonly rule: ((keyArn: string) => string) | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Of SSE-S3's rate, for bodies from some size on; null: nothing is. */
  readonly wanted: { readonly ratio: number; readonly fromBytes: number } | null;
}

interface Rate {
  readonly perSecond: number;
  /** Of the server's processor time. */
  readonly perCoreSecond: number;
}

const customerKey = randomBytes(32);
const CUSTOMER_HEADERS = {
  "x-amz-server-side-encryption-customer-algorithm": "AES256",
  "x-amz-server-side-encryption-customer-key": customerKey.toString("base64"),
  "x-amz-server-side-encryption-customer-key-md5": createHash("md5").update(customerKey).digest("base64"),
};
const rule = (algorithm: string, usesBucketKey: boolean) => (keyArn: string) =>
  "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>" +
  `<SSEAlgorithm>${algorithm}</SSEAlgorithm><KMSMasterKeyID>${keyArn}</KMSMasterKeyID>` +
  `</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>${usesBucketKey}</BucketKeyEnabled></Rule>` +
  "</ServerSideEncryptionConfiguration>";

const SCHEMES: readonly Scheme[] = [
  { name: "SSE-S3", bucket: "sse-s3", rule: null, headers: {}, wanted: null },
  {
    name: "SSE-KMS, bucket key",
    bucket: "sse-kms-bucket-key",
    rule: rule("aws:kms", true),
    headers: {},
    wanted: { ratio: 0.9, fromBytes: 0 },
  },
  {
    name: "SSE-KMS, no bucket key",
    bucket: "sse-kms",
    rule: rule("aws:kms", false),
    headers: {},
    wanted: null,
  },
  {
    name: "SSE-C",
    bucket: "sse-c",
    rule: null,
    headers: CUSTOMER_HEADERS,
    wanted: { ratio: 0.9, fromBytes: 0 },
  },
  {
    name: "DSSE-KMS",
    bucket: "dsse-kms",
    rule: rule("aws:kms:dsse", false),
    headers: {},
    wanted: { ratio: 0.6, fromBytes: 1024 * KIB },
  },
];

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const targetsOf = (peer: Peer, method: string, scheme: Scheme, sizeBytes: number): string[] => {
  const presign = presigner(peer.endpoint);
  const count = sizeBytes > 64 * KIB ? 64 : 500;
  return Array.from({ length: count }, (_, i) =>
    presign(method, `/${scheme.bucket}/${sizeBytes}/${i}`, {}, scheme.headers),
  );
};

async function prepare(peer: Peer, body: Buffer): Promise<void> {
  const made = await callKms(peer.endpoint, "CreateKey", {});
  const keyArn = String(Reflect.get(Object(made["KeyMetadata"]), "Arn"));
  const presign = presigner(peer.endpoint);
  const agent = new Agent();
  for (const scheme of SCHEMES) {
    await send(peer.endpoint, agent, "PUT", presign("PUT", `/${scheme.bucket}`), null);
    if (scheme.rule !== null) {
      const document = Buffer.from(scheme.rule(keyArn));
      const target = presign("PUT", `/${scheme.bucket}`, { encryption: "" });
      const digest = createHash("md5").update(document).digest("base64");
      await send(peer.endpoint, agent, "PUT", target, document, { "content-md5": digest });
    }
    for (const sizeBytes of SIZES) {
      const targets = targetsOf(peer, "PUT", scheme, sizeBytes);
      await fill(peer.endpoint, "PUT", targets, body.subarray(0, sizeBytes), 8, scheme.headers);
    }
  }
  agent.destroy();
}

async function compare(
  peer: Peer,
  method: "PUT" | "GET",
  sizeBytes: number,
  scratch: string,
  body: Buffer,
): Promise<void> {
  const rates = new Map<string, Rate[]>(SCHEMES.map(({ name }) => [name, []]));
  let errors = 0;
  for (let round = 0; round < rounds; round += 1) {
    for (const scheme of round % 2 === 0 ? SCHEMES : SCHEMES.toReversed()) {
      const { headers } = scheme;
      const targets = targetsOf(peer, method, scheme, sizeBytes);
      const bodyBytes = method === "PUT" ? sizeBytes : 0;
      const load = {
        method,
        targets,
        ranges: [],
        headers,
        bodyBytes,
        connections: CONNECTIONS,
        threads: 1,
        seconds,
      };
      const before = peer.cpuSeconds() ?? Number.NaN;
      const measured = await measure(peer.endpoint, load, scratch, body);
      const cpuSeconds = (peer.cpuSeconds() ?? Number.NaN) - before;
      rates.get(scheme.name)?.push({
        perSecond: measured.requestsPerSecond,
        perCoreSecond: measured.requests / cpuSeconds,
      });
      errors += measured.errors;
    }
  }
  const base = rates.get("SSE-S3") ?? [];
  for (const { name, wanted } of SCHEMES) {
    const own = rates.get(name) ?? [];
    // Of each round by itself: what the machine does else changes from one to the next.
    const ratioOf = (what: keyof Rate): number =>
      median(own.map((rate, round) => rate[what] / (base[round]?.[what] ?? Number.NaN)));
    const ratio = ratioOf("perCoreSecond");
    const least = wanted === null || sizeBytes < wanted.fromBytes ? null : wanted.ratio;
    const isMissed = least !== null && ratio < least;
    if (isMissed) process.exitCode = 1;
    const verdict = least === null ? "" : `  want ${least}  ${isMissed ? "NOT MET" : "met"}`;
    const what = `${method} ${sizeBytes / KIB} KiB`.padEnd(14);
    const shown = (which: keyof Rate): string =>
      `${median(own.map((rate) => rate[which]))
        .toFixed(0)
        .padStart(6)}/s`;
    console.log(
      `${what} ${name.padEnd(24)} ${shown("perSecond")} ${ratioOf("perSecond").toFixed(2)}x   ` +
        `of a core ${shown("perCoreSecond")} ${ratio.toFixed(2)}x${verdict}`,
    );
  }
  if (errors > 0) {
    console.log(`${errors} ERRORS`);
    process.exitCode = 1;
  }
}

if (wrkVersion() === null) throw new Error("no wrk found; have it by:  apt-get install wrk");
const scratch = mkdtempSync(join(tmpdir(), "strongroom-schemes-bench-"));
const peer = await startStrongroom(scratch, null, ["--new-buckets-block-sse-c", "no"]);
try {
  const body = randomBytes(Math.max(...SIZES));
  await prepare(peer, body);
  for (const method of METHODS)
    for (const sizeBytes of SIZES) await compare(peer, method, sizeBytes, scratch, body);
} finally {
  await peer.stop();
  rmSync(scratch, { recursive: true, force: true });
}
