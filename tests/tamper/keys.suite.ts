import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, describe, test } from "node:test";
import { verifyTrail } from "@strongroom/audit";
import { auditFolder, createDigestMaker, openVault } from "@strongroom/server";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { filesBelow } from "../harness/scratch-folder.ts";
import { Tally } from "../harness/tally.ts";
import { type KeySampleFolder, makeKeySamples } from "./key-samples.ts";
import { applyMutation, type Mutation, readRecords } from "./mutation.ts";
import { flipsOf, recordMutations, wholeBlobMutations } from "./mutations.ts";
import { emptyReport, type TamperReport, tryMutations } from "./tamper-run.ts";

const tally = new Tally();

function conclude(report: TamperReport, what: string): void {
  const { refused, unharmed, died, refusals } = report;
  console.log(
    `${what}: ${refused} refused, ${unharmed} not in use, ${died} ended the reader; ${JSON.stringify([...refusals])}`,
  );
  for (const death of report.deaths.slice(0, 5)) console.log(`  died: ${death}`);
  tally.add("refused", refused);
  assert.notEqual(refused, 0, "nothing was refused");
  assert.deepEqual(report.wrong, []);
}

describe("tampering with keys, grants and who may use them", () => {
  let folder: KeySampleFolder;
  let earlier: Record<"pages" | "payloads", Map<string, Buffer>>;

  before(async () => {
    folder = await makeKeySamples(async ({ folder: { dataDir } }) => {
      earlier = {
        pages: await readRecords(dataDir, "pages"),
        payloads: await readRecords(dataDir, "payloads"),
      };
    });
    await folder.server.process.stop();
  });
  after(() => folder.server.close());

  const setup = () => ({
    original: folder.server.folder.dataDir,
    rootKeyFile: folder.server.folder.rootKeyFile,
    samples: [],
    keys: { accountId: folder.accountId, samples: folder.samples },
    scratch: folder.server.folder.path,
  });

  for (const database of ["pages", "payloads"] as const)
    test(`[L-20] [L-26] records of ${database} exchanged, copied, cut, deleted, put back to what was permitted then`, async () => {
      const report = emptyReport();
      const records = await readRecords(folder.server.folder.dataDir, database);
      if (records.size === 0) return;
      await tryMutations(setup(), recordMutations(database, records, earlier[database]), report);
      conclude(report, `records of ${database} (${records.size})`);
      if (database === "pages") assert.equal(report.unharmed, 0);
    });

  test("[L-25] each byte of each erasable secret, and secrets exchanged, emptied, removed", async () => {
    const report = emptyReport();
    const { dataDir } = folder.server.folder;
    const secrets = filesBelow(`${dataDir}/keys`).map((path) => relative(dataDir, path));
    const flips = function* (): Generator<Mutation> {
      for (const file of secrets) yield* flipsOf(file, Array(statSync(`${dataDir}/${file}`).size).keys());
      yield* wholeBlobMutations(secrets);
    };
    await tryMutations(setup(), flips(), report);
    conclude(report, `secrets in ${secrets.length} files`);
  });
});

const STEP_BYTES = Number(process.env["STRONGROOM_TAMPER_STEP"] ?? "1");

describe("tampering with the trail of a server that was used", () => {
  test("[L-25] each byte of each file, files dropped, emptied and exchanged: each is found", async () => {
    const { server } = await makeKeySamples(async () => {});
    await server.process.stop();
    const { dataDir, rootKeyFile } = server.folder;
    const vault = await openVault({ dataDir, rootKeyFile }, { create: false });
    try {
      const signed = await (await createDigestMaker(vault, dataDir, 0)).make();
      const folder = auditFolder(dataDir);
      const look = () => verifyTrail(folder, vault.auditKeys, [signed]);
      const whole = await look();
      assert.deepEqual(whole.findings, []);
      assert.ok(whole.records > 20, `only ${whole.records} records`);
      const files = filesBelow(folder).map((path) => relative(folder, path));
      const unseen: string[] = [];
      for (const mutation of trailMutations(folder, files)) {
        const kept = new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
        await applyMutation(folder, mutation);
        if ((await look()).findings.length === 0) unseen.push(JSON.stringify(mutation));
        tally.add("changes of the trail");
        for (const [file, bytes] of kept) writeFileSync(join(folder, file), bytes);
      }
      assert.deepEqual(unseen, []);
      assert.deepEqual((await look()).findings, []);
    } finally {
      await vault.close();
      await server.close();
    }
  });

  function* trailMutations(folder: string, files: readonly string[]): Generator<Mutation> {
    for (const file of files) {
      const sizeBytes = statSync(join(folder, file)).size;
      const offsets = Array.from(
        { length: Math.ceil(sizeBytes / STEP_BYTES) },
        (_, index) => index * STEP_BYTES,
      );
      yield* flipsOf(file, offsets);
      for (const cut of [0, 1, sizeBytes >> 1, sizeBytes - 1])
        yield { kind: "truncate", file, sizeBytes: cut };
    }
    yield* wholeBlobMutations(files);
  }
});

describe("ciphertext blobs that somebody changed, sent to a server", () => {
  test("[L-25] [L-33] [L-34] each bit, each length, and every splice of two is refused", async () => {
    const { server, blobs } = await makeKeySamples(async () => {});
    const refusals = new Map<string, number>();
    const wholes = new Set(blobs.map(({ blob }) => blob));
    const open = async (CiphertextBlob: Buffer, EncryptionContext: object): Promise<void> => {
      const response = await callKms(server.client, "Decrypt", { CiphertextBlob, EncryptionContext });
      assert.equal(
        response.status,
        400,
        `${CiphertextBlob.toString("hex")}: ${response.status} ${response.body}`,
      );
      const code = String(kmsFields(response)["__type"]).split("#").at(-1) ?? "";
      refusals.set(code, (refusals.get(code) ?? 0) + 1);
      tally.add("changed blobs");
    };
    try {
      const [first, second, foreign] = blobs.map(({ blob }) => Buffer.from(blob, "base64"));
      const context = blobs[0]?.context ?? {};
      assert.ok(first !== undefined && second !== undefined && foreign !== undefined);
      for (let bit = 0; bit < first.length * 8; bit++) {
        const changed = Buffer.from(first);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await open(changed, context);
      }
      for (let length = 1; length < first.length; length++) await open(first.subarray(0, length), context);
      await open(Buffer.concat([first, Buffer.of(0)]), context);
      for (const other of [second, foreign])
        for (let at = 1; at < Math.min(first.length, other.length); at++) {
          for (const [head, tail] of [
            [first, other],
            [other, first],
          ] as const) {
            const spliced = Buffer.concat([head.subarray(0, at), tail.subarray(at)]);
            // Blobs of one key begin alike.
            if (!wholes.has(spliced.toString("base64"))) await open(spliced, context);
          }
        }
      for (const wrong of [{}, { of: "Samples" }, { of: "samples", more: "" }, { fo: "samples" }])
        await open(first, wrong);
      console.log(`over HTTP: ${JSON.stringify([...refusals])}`);
      // Where the name of the key was changed, the caller learns no more than AWS tells: that it may not use such a key.
      assert.deepEqual([...refusals.keys()].sort(), ["AccessDeniedException", "InvalidCiphertextException"]);
    } finally {
      await server.close();
    }
    tally.conclude(console.log, ["refused", "changes of the trail", "changed blobs"]);
  });
});
