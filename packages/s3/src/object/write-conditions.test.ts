import assert from "node:assert/strict";
import { test } from "node:test";
import { deleteObject } from "../operations/delete-object.ts";
import { requestOf } from "../operations/exchange-fixture.ts";
import { putObject } from "../operations/put-object.ts";
import { readDeleteCondition, readWriteConditions } from "./write-conditions.ts";

const write = (headers: Readonly<Record<string, string>>) =>
  readWriteConditions(requestOf(putObject, { headers }));

test("a write takes one ETag to match, or * not to", () => {
  assert.deepEqual(write({}), {});
  assert.deepEqual(write({ "if-match": '"e"' }), { ifMatch: "e" });
  assert.deepEqual(write({ "if-none-match": "*" }), { ifNoneMatch: "*" });
});

test("what S3 does not honour on writes is NotImplemented, with its words", () => {
  const refusal = (Header: string, additionalMessage: string) => ({
    code: "NotImplemented",
    details: { Header, additionalMessage },
  });
  const badValue = (header: string) =>
    refusal(header, `We don't accept the provided value of ${header} header for this API`);
  assert.throws(() => write({ "if-match": "*" }), badValue("If-Match"));
  assert.throws(() => write({ "if-none-match": '"e"' }), badValue("If-None-Match"));
  assert.throws(
    () => write({ "if-match": '"e"', "if-none-match": "*" }),
    refusal("If-Match,If-None-Match", "Multiple conditional request headers present in the request"),
  );
});

test("a delete takes an ETag or *", () => {
  const read = (headers: Readonly<Record<string, string>>) =>
    readDeleteCondition(requestOf(deleteObject, { headers }));
  assert.equal(read({}), undefined);
  assert.equal(read({ "if-match": '"e"' }), "e");
  assert.equal(read({ "if-match": "*" }), "*");
});
