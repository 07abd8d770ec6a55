import assert from "node:assert/strict";
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { filesBelow, makeScratchFolder } from "../harness/scratch-folder.ts";
import { runStrongroom, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { WireClient } from "../harness/wire-client.ts";
import { useIdentities } from "./canary-identities.ts";
import { useKeys } from "./canary-keys.ts";
import { CanaryLedger } from "./canary-ledger.ts";
import { useSchemes } from "./canary-schemes.ts";
import {
  type CanaryTarget,
  failEverywhere,
  putEverywhere,
  putWithChecksums,
  rearrange,
  useMultipart,
  usePresignedUrls,
} from "./canary-writes.ts";
import { type Hit, NeedleScanner } from "./needle-scanner.ts";

const NAME =
  "[L-40] [L-41] [L-90] [L-92] [L-99] [L-110] [L-113] [L-116] no file and no log holds anything that was sent";

test(NAME, async (context) => {
  const tally = new Tally();
  const ledger = new CanaryLedger();
  const folder = makeScratchFolder("canary");
  const spool = join(folder.path, "spool");
  mkdirSync(spool);
  const options = {
    dataDir: folder.dataDir,
    rootKeyFile: folder.rootKeyFile,
    logFile: folder.logFile,
    workers: 2,
    moreArguments: ["--log-level", "trace"],
    environment: { TMPDIR: spool },
  };
  const first = await startStrongroom(options);
  context.after(() => first.kill());
  const environment = await readClientEnvironment(first);
  const client = new WireClient(environment);
  context.after(() => client.close());
  const target: CanaryTarget = { client, ledger, tally, bucket: ledger.word("bucket name") };
  ledger.secretText("root secret access key", environment.credentials.secretAccessKey);
  noteRootKey(ledger, folder.rootKeyFile);

  await writeEverything(target, folder.dataDir);
  // Open uploads and spool files are there now, and the newest log lines.
  const look = (when: string): Hit[] => scan(ledger, [folder.dataDir, spool, folder.logFile], when, tally);
  const hits = look("while the server runs");
  await first.kill();
  hits.push(...look("after it was killed"));
  const second = await startStrongroom({ ...options, port: first.port });
  context.after(() => second.kill());
  const again = await client.request({ method: "GET", bucket: target.bucket, query: { "list-type": "2" } });
  assert.equal(again.status, 200);
  assert.equal((await second.stop()).code, 0);
  hits.push(...look("after it was stopped"));

  assert.ok(statSync(folder.logFile).size > 10_000, "the log at its most verbose level is nearly empty");
  folder.remove();
  tally.conclude(console.log, [
    "canary requests",
    "canary requests under a named scheme",
    "canary key operations",
    "canary identity operations",
    "files scanned",
    "bytes scanned",
    "needles",
  ]);
  assert.deepEqual([...new Set(hits.map((hit) => `${hit.label}: ${hit.file}`))], []);
});

async function writeEverything(target: CanaryTarget, dataDir: string): Promise<void> {
  const created = await target.client.request({ method: "PUT", bucket: target.bucket });
  assert.equal(created.status, 200, String(created.body));
  const account: unknown = JSON.parse(
    await runStrongroom([
      "account",
      "create",
      target.ledger.word("account name"),
      "--json",
      "--data-dir",
      dataDir,
    ]),
  );
  assert.ok(typeof account === "object" && account !== null && "secretAccessKey" in account);
  target.ledger.secretText("secret access key of an account", String(account.secretAccessKey));
  const written = await putEverywhere(target);
  await putWithChecksums(target);
  await usePresignedUrls(target);
  await useMultipart(target, written[4] ?? "");
  await rearrange(target, written);
  await useIdentities(target);
  await useKeys(target);
  await useSchemes(target);
  await failEverywhere(target);
}

/** The root key as its file has it, and as the bytes it may stand for. */
function noteRootKey(ledger: CanaryLedger, rootKeyFile: string): void {
  const raw = readFileSync(rootKeyFile);
  const words = raw
    .toString("latin1")
    .split(/\s+/)
    .filter((word) => /^[A-Za-z0-9+/=_-]{32,}$/.test(word));
  if (words.length === 0) ledger.secretBytes("root key", raw);
  for (const word of words) {
    ledger.secretText("root key as its file has it", word);
    ledger.secretBytes("root key", Buffer.from(word, /^[0-9a-f]{64}$/i.test(word) ? "hex" : "base64"));
  }
}

const isMissingFile = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

function scan(ledger: CanaryLedger, places: readonly string[], when: string, tally: Tally): Hit[] {
  const scanner = new NeedleScanner(ledger.needles);
  const short = new NeedleScanner(ledger.short);
  const files = places.flatMap((place) => (statSync(place).isFile() ? [place] : filesBelow(place)));
  const hits: Hit[] = [];
  const shortHits: Hit[] = [];
  for (const file of files) {
    // Names of files count as well.
    hits.push(...scanner.scanBytes(Buffer.from(file), `name of ${file}`));
    try {
      hits.push(...scanner.scanFile(file).map((hit) => ({ ...hit, file: `${basename(file)} ${when}` })));
      shortHits.push(...short.scanFile(file));
      tally.add("files scanned");
    } catch (error) {
      // A running server removes what it no longer needs while its folder is looked through.
      if (!isMissingFile(error)) throw error;
      tally.add("files removed while looked for");
    }
  }
  // Four given bytes are met by chance once in four gigabytes, so a few of these hundreds are: Poisson's law gives
  // less than one run in a million this many. A leak shows one for each body, dozens of them.
  const ofFourBytes = ledger.short.filter(({ bytes }) => bytes.length === 4).length;
  const byChance = (ofFourBytes * short.scannedBytes) / 2 ** 32;
  const distinct = new Set(shortHits.map((hit) => hit.label));
  tally.add("digests of four bytes met by chance", distinct.size);
  if (distinct.size > 8 + 5 * byChance) hits.push(...shortHits);
  tally.add("bytes scanned", scanner.scannedBytes);
  tally.add("needles", ledger.needles.length + ledger.short.length);
  return hits;
}
