import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import fc from "fast-check";
import { deriveAuditKeys } from "./audit-keys.ts";
import { parseWitness, printSignedDigest } from "./digest.ts";
import { DigestMaker } from "./digest-maker.ts";
import type { AuditEvent } from "./event.ts";
import { printEventTime } from "./event.ts";
import { readTrail } from "./lookup.ts";
import { HEADER_SIZE_BYTES, readFrameHead } from "./segment-format.ts";
import { TrailWriter } from "./trail-writer.ts";
import { verifyTrail } from "./verify-trail.ts";

const keys = deriveAuditKeys(createSecretKey(Buffer.alloc(32, 7)));
const START_MS = Date.UTC(2026, 10, 20, 8);

function eventOf(name: string, timeMs = START_MS): AuditEvent {
  return {
    eventVersion: "1.11",
    userIdentity: { type: "Root" },
    eventTime: printEventTime(timeMs),
    eventSource: "kms.amazonaws.com",
    eventName: name,
    awsRegion: "us-east-1",
    sourceIPAddress: "127.0.0.1",
    userAgent: "test",
    requestParameters: null,
    responseElements: null,
    requestID: "r",
    eventID: name,
    readOnly: true,
    eventType: "AwsApiCall",
    managementEvent: true,
    recipientAccountId: "000000000000",
    eventCategory: "Management",
  };
}

async function inFolder(use: (folder: string, clock: ManualClock) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-audit-"));
  try {
    await use(folder, new ManualClock(START_MS));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function writeRecords(
  folder: string,
  clock: ManualClock,
  count: number,
  segmentSizeBytes = 2500,
): Promise<void> {
  const writer = new TrailWriter({ folder, keys, clock, segmentSizeBytes });
  for (let at = 0; at < count; at++) {
    clock.advance(1000);
    await writer.append(eventOf(`event-${at}`, clock.nowMs()));
  }
  await writer.close();
}

function digestsOf(folder: string, clock: ManualClock, retentionMs: number | null = null): DigestMaker {
  return new DigestMaker({ folder, keys, clock, accountId: "000000000000", retentionMs });
}

/** The frames of the only segment. */
function frames(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = HEADER_SIZE_BYTES; ; ) {
    const head = readFrameHead(bytes, at);
    if (head === null) return found;
    found.push(bytes.subarray(at, at + head.sizeBytes));
    at += head.sizeBytes;
  }
}

async function findingsAfter(
  change: (header: Buffer, records: Buffer[]) => Buffer[],
  signed = false,
): Promise<readonly { kind: string; first: number | null; last: number | null }[]> {
  const all: { kind: string; first: number | null; last: number | null }[] = [];
  await inFolder(async (folder, clock) => {
    await writeRecords(folder, clock, 8, 1 << 20);
    if (signed) await digestsOf(folder, clock).make();
    const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".trail"));
    const bytes = readFileSync(join(folder, name));
    writeFileSync(
      join(folder, name),
      Buffer.concat(change(Buffer.from(bytes.subarray(0, HEADER_SIZE_BYTES)), frames(bytes))),
    );
    const { findings } = await verifyTrail(folder, keys);
    all.push(...findings.map(({ kind, first, last }) => ({ kind, first, last })));
  });
  return all;
}

describe("audit trail", () => {
  test("gives back what was written, newest first, over segments and writers", () =>
    inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 12);
      await writeRecords(folder, clock, 3);
      const names: string[] = [];
      for await (const { text } of readTrail(folder, keys, { fromMs: 0, toMs: Date.now() * 2 })) {
        names.push(Reflect.get(Object(JSON.parse(text)), "eventName"));
      }
      const firsts = Array.from({ length: 12 }, (_, at) => `event-${11 - at}`);
      assert.deepEqual(names, ["event-2", "event-1", "event-0", ...firsts]);
      assert.ok(readdirSync(folder).length > 4);
      const report = await verifyTrail(folder, keys);
      assert.deepEqual(report.findings, []);
      assert.equal(report.records, 15);
    }));

  test("[MUST 1] nothing of an event is in its file in the clear", () =>
    inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 3);
      for (const name of readdirSync(folder)) {
        if (name.endsWith(".trail")) assert.ok(!readFileSync(join(folder, name)).includes("event-"));
      }
    }));

  test("many at once share a write and keep their order", () =>
    inFolder(async (folder, clock) => {
      const writer = new TrailWriter({ folder, keys, clock });
      await Promise.all(Array.from({ length: 500 }, (_, at) => writer.append(eventOf(`e${at}`))));
      await writer.close();
      assert.equal((await verifyTrail(folder, keys)).records, 500);
      await assert.rejects(writer.append(eventOf("late")), { code: "TrailUnwritable" });
    }));

  test("a trail that cannot be written refuses, and goes on when it can", () =>
    inFolder(async (folder, clock) => {
      const target = join(folder, "trail");
      writeFileSync(target, "");
      const writer = new TrailWriter({ folder: target, keys, clock });
      await assert.rejects(writer.append(eventOf("a")), { code: "TrailUnwritable" });
      rmSync(target);
      await writer.append(eventOf("b"));
      await writer.close();
      const report = await verifyTrail(target, keys);
      assert.deepEqual([report.findings, report.records], [[], 1]);
    }));

  test("[MUST 3] any flipped byte is found and its record named", async () => {
    await inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 6, 1 << 20);
      const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".trail"));
      const path = join(folder, name);
      const bytes = readFileSync(path);
      const starts = frames(bytes).map((frame) => frame.byteOffset - bytes.byteOffset);
      await digestsOf(folder, clock).make();
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
          const changed = Buffer.from(bytes);
          changed[at] = (changed[at] ?? 0) ^ mask;
          writeFileSync(path, changed);
          const { findings } = await verifyTrail(folder, keys);
          const hit = starts.filter((start) => start <= at).length - 1;
          assert.ok(findings.length > 0, `byte ${at}`);
          if (hit < 0) return;
          const isNamed = findings.some(
            ({ first, last, kind }) => kind === "changed" && first === hit && (last === hit || last === null),
          );
          assert.ok(isNamed, `byte ${at} of record ${hit}: ${JSON.stringify(findings)}`);
        }),
        { numRuns: 150 },
      );
    });
  });

  test("[MUST 4] a dropped record is named", async () => {
    for (const drop of [0, 3, 6]) {
      const found = await findingsAfter((header, records) => [header, ...records.toSpliced(drop, 1)]);
      assert.deepEqual(found, [{ kind: "dropped", first: drop, last: drop }]);
    }
  });

  test("[MUST 5] reordered and repeated records are named", async () => {
    const swapped = await findingsAfter((header, records) => {
      const [a, b, ...rest] = records;
      return [header, ...(a === undefined || b === undefined ? [] : [b, a]), ...rest];
    });
    assert.ok(swapped.some(({ kind, first }) => kind === "reordered" && first === 0));
    const repeated = await findingsAfter((header, records) => [header, ...records, ...records.slice(2, 3)]);
    assert.deepEqual(repeated, [{ kind: "repeated", first: 2, last: 2 }]);
  });

  test("[MUST 6] an end that was cut off is named, once a digest or a later segment saw it", async () => {
    const found = await findingsAfter((header, records) => [header, ...records.slice(0, 5)], true);
    assert.ok(found.some(({ kind, last }) => kind === "truncated" && last === 7));
    await inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 12);
      const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith("-000001.trail"));
      const bytes = readFileSync(join(folder, name));
      writeFileSync(
        join(folder, name),
        bytes.subarray(0, bytes.length - (frames(bytes).at(-1)?.length ?? 0)),
      );
      const { findings } = await verifyTrail(folder, keys);
      assert.deepEqual(
        findings.map(({ kind }) => kind),
        ["truncated"],
      );
      rmSync(join(folder, name));
      const without = await verifyTrail(folder, keys);
      assert.equal(without.findings[0]?.segment, name);
    });
  });

  test("[MUST 7] a half record at the end is a note, not a finding", () =>
    inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 3, 1 << 20);
      const [name = ""] = readdirSync(folder).filter((entry) => entry.endsWith(".trail"));
      const bytes = readFileSync(join(folder, name));
      for (const cut of [1, 3, 30, 100]) {
        writeFileSync(join(folder, name), bytes.subarray(0, bytes.length - cut));
        const { findings, notes } = await verifyTrail(folder, keys);
        assert.deepEqual(findings, []);
        assert.equal(notes[0]?.first, 2);
      }
    }));

  test("[MUST 8] a rewritten past does not agree with a witness", () =>
    inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 4);
      const witness = parseWitness(printSignedDigest(await digestsOf(folder, clock).make()));
      assert.deepEqual((await verifyTrail(folder, keys, witness)).findings, []);
      // Whoever holds the root key makes another trail that is right in itself.
      rmSync(folder, { recursive: true });
      await writeRecords(folder, clock, 3);
      await digestsOf(folder, clock).make();
      assert.deepEqual((await verifyTrail(folder, keys)).findings, []);
      const { findings } = await verifyTrail(folder, keys, witness);
      assert.ok(findings.some(({ segment }) => segment === "digests/00000001.digest"));
      assert.ok(findings.some(({ kind, last }) => kind === "dropped" && last !== null));
    }));

  test("[MUST 9] a changed, dropped or reordered digest is named", () =>
    inFolder(async (folder, clock) => {
      const maker = digestsOf(folder, clock);
      for (let at = 0; at < 4; at++) {
        await writeRecords(folder, clock, 2);
        await maker.make();
      }
      assert.deepEqual((await verifyTrail(folder, keys)).findings, []);
      const path = (number: number): string => join(folder, "digests", `0000000${number}.digest`);
      const [second, third] = [readFileSync(path(2)), readFileSync(path(3))];
      rmSync(path(2));
      assert.equal((await verifyTrail(folder, keys)).findings[0]?.segment, "digests/00000002.digest");
      writeFileSync(path(2), third);
      writeFileSync(path(3), second);
      assert.ok((await verifyTrail(folder, keys)).findings.length >= 2);
      writeFileSync(path(3), third);
      writeFileSync(path(2), second.toString().replace('"toByte":', '"toByte":1'));
      const { findings } = await verifyTrail(folder, keys);
      assert.equal(findings[0]?.segment, "digests/00000002.digest");
    }));

  test("segments whose time is over go, and a digest says so", () =>
    inFolder(async (folder, clock) => {
      await writeRecords(folder, clock, 5, 1 << 20);
      const maker = digestsOf(folder, clock, 3 * 86_400_000);
      await maker.make();
      clock.advance(5 * 86_400_000);
      await writeRecords(folder, clock, 2);
      const { digest } = await maker.make();
      assert.equal(digest.retiredLogFiles.length, 1);
      const report = await verifyTrail(folder, keys);
      assert.deepEqual([report.findings, report.records], [[], 2]);
    }));
});
