import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SCHEMES } from "../harness/schemes.ts";
import { startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { BlobTamperer } from "./blob-tamperer.ts";
import { BLOB_BYTES, type LayoutFolder, type LayoutSample, makeLayoutSamples } from "./layout-samples.ts";
import { applyMutation, type Mutation, readRecords } from "./mutation.ts";
import {
  appendedMutations,
  chunkBorders,
  chunkMutations,
  flipsOf,
  foreignChunks,
  recordMutations,
  storedFiles,
  wholeBlobMutations,
} from "./mutations.ts";
import { type OpenedFolder, openDataFolder } from "./opened-folder.ts";
import { readOverServer } from "./read-over-server.ts";
import { readSample } from "./read-sample.ts";
import { emptyReport, STEP_BYTES, type TamperReport, tryMutations } from "./tamper-run.ts";

const tally = new Tally();

function conclude(report: TamperReport, what: string): void {
  const { refused, unharmed, died, refusals } = report;
  console.log(
    `${what}: ${refused} refused, ${unharmed} unseen, ${died} ended the reader; ${JSON.stringify([...refusals])}`,
  );
  tally.add(what, refused);
  assert.deepEqual(report.wrong.slice(0, 20), []);
  assert.notEqual(refused, 0, "nothing was refused");
}

/** One of so many, where time is short: a different one of each row that is a multiple long. */
function* thinned<Item>(items: Iterable<Item>, step: number): Generator<Item> {
  let at = 0;
  for (const item of items) if (at++ % step === 0) yield item;
}

describe("tampering with every layout under every scheme", () => {
  let folder: LayoutFolder;
  let opened: OpenedFolder;
  let blobs: readonly (LayoutSample & { readonly file: string; readonly sizeOnDisk: number })[];
  before(async () => {
    folder = await makeLayoutSamples();
    await folder.server.process.stop();
    const { dataDir, rootKeyFile } = folder.server.folder;
    opened = await openDataFolder(dataDir, rootKeyFile);
    const sizes = new Map(storedFiles(dataDir).map(({ file, sizeBytes }) => [file, sizeBytes]));
    blobs = folder.samples.flatMap((sample) =>
      sample.file === null ? [] : [{ ...sample, file: sample.file, sizeOnDisk: sizes.get(sample.file) ?? 0 }],
    );
  });
  after(async () => {
    await opened.close();
    await folder.server.close();
    tally.conclude(console.log, ["samples", "flips of blobs", "chunks", "flips of payloads"]);
  });

  const tamperer = (report: TamperReport) => new BlobTamperer(folder, opened, report);

  /** Two layers: the inner sealed object is the plaintext of the outer. */
  function bordersOf({ scheme, sizeOnDisk }: (typeof blobs)[number]): {
    plaintextBytes: number;
    head: number;
  } {
    const single = blobs.find((blob) => blob.scheme === "sse-s3")?.sizeOnDisk ?? 0;
    const plaintextBytes = scheme === "dsse-kms" ? single : BLOB_BYTES;
    return { plaintextBytes, head: chunkBorders(sizeOnDisk, plaintextBytes)[0] ?? 0 };
  }

  test("as it was written all of it reads, in every scheme and layout", async () => {
    for (const sample of folder.samples) {
      const found = await readSample(opened.store, sample, bytesOf(sample.seed, sample.sizeBytes));
      assert.equal(found, "", `${sample.scheme}, ${sample.layout}, ${sample.sizeBytes} bytes`);
      tally.add("samples");
    }
    const layouts = new Set(folder.samples.map(({ scheme, layout }) => `${scheme} ${layout}`));
    assert.equal(layouts.size, SCHEMES.length * 5 + 4 + 2 + 1);
  });

  test("[L-25] each byte of each blob, in turn", async () => {
    const report = emptyReport();
    for (const [turn, blob] of blobs.entries()) {
      const { sizeOnDisk, file } = blob;
      const { head, plaintextBytes } = bordersOf(blob);
      const near = chunkBorders(sizeOnDisk, plaintextBytes).flatMap((at) => [at - 17, at - 16, at - 1, at]);
      // Heads are alike: where time is short the blobs take turns.
      const isTried = (at: number): boolean =>
        (at < head && (at + turn) % 4 === 0) ||
        near.includes(at) ||
        at >= sizeOnDisk - 17 ||
        at % (STEP_BYTES * 100) === 0;
      const offsets = Array.from({ length: sizeOnDisk }, (_, at) => at).filter(
        (at) => STEP_BYTES === 1 || isTried(at),
      );
      await tamperer(report).tryAll(flipsOf(file, offsets));
    }
    conclude(report, "flips of blobs");
  });

  test("[L-23] chunks swapped, dropped, repeated, cut and appended, and those of every other object, version and scheme", async () => {
    const report = emptyReport();
    for (const [at, blob] of blobs.entries()) {
      const alike = [...blobs.slice(at + 1), ...blobs.slice(0, at)];
      const other = alike.find(({ sizeOnDisk }) => sizeOnDisk === blob.sizeOnDisk);
      assert.ok(other !== undefined, blob.layout);
      const { plaintextBytes } = bordersOf(blob);
      await tamperer(report).tryAll(chunkMutations(blob.file, other.file, blob.sizeOnDisk, plaintextBytes));
      await tamperer(report).tryAll(appendedMutations(blob.file, other.file, blob.sizeOnDisk));
      const others = blobs.filter(({ file }) => file !== blob.file);
      const foreign = others.flatMap(({ file }) => [
        ...foreignChunks(blob.file, file, blob.sizeOnDisk, plaintextBytes),
      ]);
      await tamperer(report).tryAll(thinned(foreign.slice(at % STEP_BYTES), STEP_BYTES));
    }
    conclude(report, "chunks");
  });

  test("[L-20] [L-21] [L-22] blobs of any two schemes, layouts and versions exchanged, emptied, removed", async () => {
    const report = emptyReport();
    await tamperer(report).tryAll(wholeBlobMutations(blobs.map(({ file }) => file)));
    conclude(report, "whole blobs");
  });

  test("over the full server: under every scheme no wrong byte and no clean end, and all reads once it is put back", async () => {
    const { process: stopped, client, folder: place } = folder.server;
    const start = () => startStrongroom({ ...stopped.options, port: stopped.port });
    const ends = async (): Promise<Set<string>> => {
      const server = await start();
      try {
        return new Set(await Promise.all(blobs.map((blob) => readOverServer(client, blob))));
      } finally {
        await server.stop();
      }
    };
    const flip = async (): Promise<void> => {
      for (const [at, { file }] of blobs.entries())
        await applyMutation(place.dataDir, { kind: "flip", file, offset: 66_000 + at * 1000, mask: 16 });
    };
    await flip();
    // 500 where nothing was sent yet: the first chunk of an inner layer ends in the second of the outer one.
    assert.deepEqual(await ends(), new Set(["connection broken", "500"]));
    await flip();
    assert.deepEqual(await ends(), new Set(["right"]));
    tally.add("read over the server", 2 * blobs.length);
  });

  /** Small bodies lie in LMDB, which is opened anew for each change. */
  const inlineSetup = () => ({
    original: folder.server.folder.dataDir,
    rootKeyFile: folder.server.folder.rootKeyFile,
    samples: folder.samples.filter(({ file }) => file === null),
    scratch: folder.server.folder.path,
  });

  test("[L-25] each byte of each payload in the index", async () => {
    const report = emptyReport();
    const records = await readRecords(folder.server.folder.dataDir, "payloads");
    const flips = [...records].flatMap(([name, value]) =>
      Array.from(
        { length: value.length },
        (_, offset): Mutation => ({
          kind: "records",
          database: "payloads",
          change: { kind: "flip", name, offset, mask: 1 << (offset % 8) },
        }),
      ),
    );
    // No multiple of a payload's length, so that all places in it are met.
    await tryMutations(inlineSetup(), thinned(flips, STEP_BYTES === 1 ? 1 : STEP_BYTES * 3 + 1), report);
    conclude(report, "flips of payloads");
    assert.equal(report.unharmed, 0, "a byte of a payload could be changed unseen");
  });

  test("[L-20] [L-21] [L-22] payloads exchanged between objects, versions and schemes, copied, cut, lengthened, deleted", async () => {
    const report = emptyReport();
    const records = await readRecords(folder.server.folder.dataDir, "payloads");
    const mutations = recordMutations("payloads", records, new Map());
    await tryMutations(inlineSetup(), thinned(mutations, STEP_BYTES === 1 ? 1 : STEP_BYTES * 2 + 1), report);
    conclude(report, "payloads");
    assert.equal(report.unharmed, 0);
  });

  test("[L-25] each byte of each secret that keys hang on", async () => {
    const report = emptyReport();
    const secrets = storedFiles(folder.server.folder.dataDir).filter(({ file }) => file.startsWith("keys/"));
    assert.ok(secrets.length >= 3, `${secrets.length} secrets`);
    const flips = secrets.flatMap(({ file, sizeBytes }) => {
      const offsets = Array.from({ length: sizeBytes }, (_, at) => at);
      return [...flipsOf(file, thinned(offsets, STEP_BYTES))];
    });
    await tryMutations(inlineSetup(), flips, report);
    conclude(report, "flips of secrets of keys");
  });
});
