import assert from "node:assert/strict";
import { copyFileSync, cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { StartFailedError, StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { applyMutation, type Mutation, readRecords } from "./mutation.ts";
import {
  appendedMutations,
  blobFiles,
  chunkMutations,
  flipsOf,
  recordMutations,
  sampledOffsets,
  storedFiles,
  wholeBlobMutations,
} from "./mutations.ts";
import { readOverServer } from "./read-over-server.ts";
import { makeSamples, type SampleFolder } from "./sealed-samples.ts";
import { emptyReport, flipEveryByte, type TamperReport, tryMutations } from "./tamper-run.ts";

const tally = new Tally();

const setupOf = ({ server, samples }: SampleFolder) => ({
  original: server.folder.dataDir,
  rootKeyFile: server.folder.rootKeyFile,
  samples,
  scratch: server.folder.path,
});

function conclude(report: TamperReport, what: string): void {
  const { refused, unharmed, died, refusals } = report;
  console.log(
    `${what}: ${refused} refused, ${unharmed} not in use, ${died} ended the reader; ${JSON.stringify([...refusals])}`,
  );
  for (const death of report.deaths.slice(0, 5)) console.log(`  died: ${death}`);
  tally.add("refused", refused);
  tally.add("not in use", unharmed);
  tally.add("ended the reader", died);
  assert.notEqual(refused, 0, "nothing was refused");
  assert.deepEqual(report.wrong, []);
}

describe("tampering with one small object", () => {
  let folder: SampleFolder;
  before(async () => {
    folder = await makeSamples("one small");
    await folder.server.process.stop();
  });
  after(() => folder.server.close());

  test("[L-25] each byte of each stored file, in turn", async () => {
    for (const { file, sizeBytes } of storedFiles(folder.server.folder.dataDir)) {
      const report = emptyReport();
      await flipEveryByte(setupOf(folder), file, sizeBytes, report);
      conclude(report, `flips of ${file}`);
    }
  });
});

describe("tampering with many objects", () => {
  let folder: SampleFolder;
  let earlier: Record<"pages" | "payloads", Map<string, Buffer>>;
  before(async () => {
    folder = await makeSamples("all");
    const { process: server, client } = folder.server;
    await server.stop();
    const { dataDir } = folder.server.folder;
    earlier = {
      pages: await readRecords(dataDir, "pages"),
      payloads: await readRecords(dataDir, "payloads"),
    };
    // One more write: the records read above are the state before it.
    const again = await startStrongroom({ ...server.options, port: server.port });
    await client.request({ method: "PUT", bucket: "samples", objectKey: "last", body: Buffer.from("3") });
    await again.stop();
  });
  after(() => folder.server.close());

  // Blobs of one body are tampered with, under every scheme, in layouts.suite.ts.
  test("[L-25] bytes of the head, of borders and between, of a large part", async () => {
    const report = emptyReport();
    const large = blobFiles(folder.server.folder.dataDir).filter(({ sizeBytes }) => sizeBytes > 1 << 20);
    for (const { file, sizeBytes } of large) {
      const offsets = sampledOffsets(sizeBytes, 50, 50).filter((offset, at) => offset < 50 || at % 25 === 0);
      await tryMutations(setupOf(folder), flipsOf(file, offsets), report);
    }
    conclude(report, "flips of large parts");
    assert.equal(report.unharmed, 0, "a byte of a blob could be changed unseen");
  });

  test("[L-23] chunks swapped, dropped, repeated, cut, appended, foreign", async () => {
    const report = emptyReport();
    const alike = blobFiles(folder.server.folder.dataDir).filter(({ sizeBytes }) => sizeBytes < 1 << 20);
    const [first, second] = alike;
    assert.ok(
      first !== undefined && second !== undefined && first.sizeBytes === second.sizeBytes,
      "no two blobs of one size",
    );
    const mutations = chunkMutations(first.file, second.file, first.sizeBytes, 204_800);
    await tryMutations(setupOf(folder), mutations, report);
    conclude(report, "chunks");
    assert.equal(report.unharmed, 0, "changes of a blob's chunks were not seen");
  });

  test("[L-23] bytes and chunks appended to a whole blob", async () => {
    const report = emptyReport();
    const [first, second] = blobFiles(folder.server.folder.dataDir).filter(
      ({ sizeBytes }) => sizeBytes < 1 << 20,
    );
    assert.ok(first !== undefined && second !== undefined);
    await tryMutations(setupOf(folder), appendedMutations(first.file, second.file, first.sizeBytes), report);
    conclude(report, "appended");
    assert.equal(report.unharmed, 0, "what was appended was not seen");
  });

  test("[L-20] [L-21] [L-22] blobs exchanged between objects, versions and parts, emptied, removed", async () => {
    const report = emptyReport();
    const files = blobFiles(folder.server.folder.dataDir).map(({ file }) => file);
    assert.ok(files.length >= 5, `only ${files.length} blobs`);
    await tryMutations(setupOf(folder), wholeBlobMutations(files), report);
    conclude(report, "whole blobs");
    assert.equal(report.unharmed, 0);
  });

  for (const database of ["pages", "payloads"] as const)
    test(`[L-20] [L-21] [L-22] [L-26] records of ${database} exchanged, copied, cut, deleted, put back`, async () => {
      const report = emptyReport();
      const records = await readRecords(folder.server.folder.dataDir, database);
      await tryMutations(setupOf(folder), recordMutations(database, records, earlier[database]), report);
      conclude(report, `records of ${database}`);
      if (database === "pages") assert.equal(report.unharmed, 0);
    });

  for (const [name, spoil] of Object.entries({
    "without its index": (dataDir: string) => rmSync(join(dataDir, "index"), { recursive: true }),
    "without its root record": (dataDir: string) => rmSync(join(dataDir, "root.json")),
    "whose index lost its name": (dataDir: string) => renamePages(join(dataDir, "index", "index.mdb")),
  }))
    test(`a folder with blobs ${name} is refused, and no blob is removed`, async (context) => {
      const { dataDir, path } = folder.server.folder;
      const copy = join(path, "spoilt");
      cpSync(dataDir, copy, { recursive: true });
      spoil(copy);
      const before = blobFiles(copy).length;
      const started = await startStrongroom({ ...folder.server.process.options, dataDir: copy }).catch(
        (error: unknown) => error,
      );
      if (started instanceof StrongroomProcess) {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await started.kill();
      }
      const left = blobFiles(copy).length;
      rmSync(copy, { recursive: true });
      tally.add("spoilt folders");
      context.diagnostic(started instanceof Error ? started.message.slice(0, 300) : "it started");
      assert.equal(left, before, `${before - left} of ${before} blobs were removed`);
      assert.ok(started instanceof StartFailedError, "it started as if it were new");
      assert.equal(started.exit?.signal, null, "it crashed instead of refusing");
    });

  test("over the full server: no wrong byte, no clean end", async () => {
    const { dataDir } = folder.server.folder;
    const blob = blobFiles(dataDir).find(({ sizeBytes }) => sizeBytes < 1 << 20);
    assert.ok(blob !== undefined);
    const ends = new Map<string, number>();
    for (const offset of [10, 100, 65_000, 70_000, 131_500, 200_000, blob.sizeBytes - 1])
      await tamperUnderServer(folder, { kind: "flip", file: blob.file, offset, mask: 4 }, ends);
    await tamperUnderServer(folder, { kind: "truncate", file: blob.file, sizeBytes: 140_000 }, ends);
    await tamperUnderServer(folder, { kind: "remove", file: blob.file }, ends);
    console.log(`over the server: ${JSON.stringify([...ends])}`);
    tally.conclude(console.log, ["refused", "served right", "refused by the server"]);
  });

  /** Starts the real server over a changed folder, reads every sample over HTTPS, and puts the folder back. */
  async function tamperUnderServer(
    target: SampleFolder,
    mutation: Mutation & { file: string },
    ends: Map<string, number>,
  ): Promise<void> {
    const { dataDir } = target.server.folder;
    const path = join(dataDir, mutation.file);
    copyFileSync(path, `${target.server.folder.path}/kept`);
    await applyMutation(dataDir, mutation);
    const server = await startStrongroom({
      ...target.server.process.options,
      port: target.server.process.port,
    });
    try {
      let broken = 0;
      for (const sample of target.samples) {
        const end = await readOverServer(target.server.client, sample);
        ends.set(end, (ends.get(end) ?? 0) + 1);
        if (end === "right") tally.add("served right");
        else {
          broken++;
          tally.add("refused by the server");
        }
      }
      assert.equal(broken, 1, `${broken} samples are affected by one blob`);
    } finally {
      await server.stop();
      copyFileSync(`${target.server.folder.path}/kept`, path);
      assert.ok(statSync(path).size > 0);
    }
  }
});

/** One bit of the name under which LMDB keeps the pages, in each copy of it. */
function renamePages(file: string): void {
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf("pages"); at >= 0; at = bytes.indexOf("pages", at + 1))
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}
