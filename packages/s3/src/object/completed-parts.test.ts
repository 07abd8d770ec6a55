import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseCompletedParts, requireAscending } from "./completed-parts.ts";

const document = (parts: string) =>
  `<?xml version="1.0"?><CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts}</CompleteMultipartUpload>`;
const part = (number: number | string, etag = "&quot;e&quot;") =>
  `<Part><ETag>${etag}</ETag><PartNumber>${number}</PartNumber></Part>`;

test("parts in the order given, ETags unquoted, digests decoded", () => {
  const crc = "<ChecksumCRC32>NSRBwg==</ChecksumCRC32>";
  const text = document(`${part(2)}<Part><PartNumber> 1 </PartNumber><ETag>f</ETag>${crc}</Part>`);
  assert.deepEqual(parseCompletedParts(text), [
    { partNumber: 2, etag: "e", checksum: undefined },
    { partNumber: 1, etag: "f", checksum: { algorithm: "CRC32", value: Buffer.from("NSRBwg==", "base64") } },
  ]);
});

test("1 to 10,000 parts; numbers 1 to 10,000", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => part(at + 1)).join("");
  assert.equal(parseCompletedParts(document(many)).length, 10_000);
  assert.throws(() => parseCompletedParts(document(many + part(1))), { code: "MalformedXML" });
  assert.throws(() => parseCompletedParts(document("")), { code: "MalformedXML" });
  assert.throws(() => parseCompletedParts(document(part("x"))), { code: "MalformedXML" });
  for (const number of [0, -1, 10_001]) {
    assert.throws(() => parseCompletedParts(document(part(number))), { code: "InvalidArgument" });
  }
});

test("part numbers only grow", () => {
  const list = (...numbers: number[]) =>
    numbers.map((partNumber) => ({ partNumber, etag: "e", checksum: undefined }));
  assert.doesNotThrow(() => requireAscending(list(1, 3, 10_000), "u"));
  for (const numbers of [
    [2, 1],
    [1, 1],
  ]) {
    assert.throws(() => requireAscending(list(...numbers), "u"), { code: "InvalidPartOrder" });
  }
});

test("law: any text is parsed or refused in S3's terms", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      try {
        parseCompletedParts(text);
        parseCompletedParts(document(text));
      } catch (error) {
        assert.ok(error instanceof Error && "code" in error);
      }
    }),
  );
});
