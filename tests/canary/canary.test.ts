import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { digestsOf } from "../harness/plain-digests.ts";
import { makeScratchFolder } from "../harness/scratch-folder.ts";
import { Tally } from "../harness/tally.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { formsOfBytes, formsOfDigests, formsOfText } from "./needle-forms.ts";
import { NeedleScanner } from "./needle-scanner.ts";

test("the digests are those of the standards", () => {
  const digests = digestsOf(Buffer.from("123456789"));
  assert.equal(digests.CRC32.toString("hex"), "cbf43926");
  assert.equal(digests.CRC32C.toString("hex"), "e3069283");
  assert.equal(digests.CRC64NVME.toString("hex"), "ae8b14860a799888");
  assert.equal(digests.MD5.toString("hex"), "25f9e794323b453885f5181f1b624d0b");
});

test("a planted needle is found in each of its forms, wherever it lies in a file", () => {
  const tally = new Tally();
  const folder = makeScratchFolder("needles");
  const needles = [
    ...formsOfText("text", "canary-0123456789abcdef"),
    ...formsOfBytes("bytes", bytesOf("needle", 32)),
    ...formsOfDigests("body", Buffer.from("some body")).needles,
  ];
  const scanner = new NeedleScanner(needles);
  const piece = 4 << 20;
  for (const [index, needle] of needles.entries()) {
    const offset = [0, 1, piece - 5, piece - needle.bytes.length, piece, 2 * piece - 1][index % 6] ?? 0;
    const bytes = bytesOf(`file-${index}`, offset + needle.bytes.length + (index % 3));
    needle.bytes.copy(bytes, offset);
    const file = join(folder.path, "planted");
    writeFileSync(file, bytes);
    const hits = scanner.scanFile(file);
    assert.ok(
      hits.some((hit) => hit.label === needle.label && hit.offset === offset),
      `${needle.label} at ${offset} was not found`,
    );
    tally.add("planted needles");
  }
  const wrapped = Buffer.from("xx canary-0123456789abcdef yy").toString("base64");
  assert.equal(scanner.scanBytes(Buffer.from(wrapped), "inside base64").length, 1);
  assert.deepEqual(scanner.scanBytes(bytesOf("nothing planted", 8 << 20), "noise"), []);
  folder.remove();
  tally.conclude(console.log);
});
