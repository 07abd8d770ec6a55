import assert from "node:assert/strict";
import { test } from "node:test";
import { S3Error } from "../errors.ts";
import type { RouteLevel } from "../operation.ts";
import { OPERATIONS } from "../operations/index.ts";
import { OperationTable } from "./match-operation.ts";

const table = new OperationTable(OPERATIONS);

function nameOf(method: string, level: RouteLevel, query = "", headers: readonly string[] = []): string {
  return table.match({
    method,
    level,
    query: new Map(new URLSearchParams(query)),
    hasHeader: (name) => headers.includes(name),
  }).name;
}

function codeOf(method: string, level: RouteLevel, query = ""): string {
  try {
    nameOf(method, level, query);
  } catch (error) {
    if (error instanceof S3Error) return error.code;
  }
  return "matched";
}

test("the row with the most conditions wins", () => {
  assert.equal(nameOf("PUT", "object"), "PutObject");
  assert.equal(nameOf("PUT", "object", "", ["x-amz-copy-source"]), "CopyObject");
  assert.equal(nameOf("PUT", "object", "partNumber=1&uploadId=u"), "UploadPart");
  assert.equal(nameOf("PUT", "object", "partNumber=1&uploadId=u", ["x-amz-copy-source"]), "UploadPartCopy");
  assert.equal(nameOf("GET", "bucket"), "ListObjects");
  assert.equal(nameOf("GET", "bucket", "list-type=2&prefix=a"), "ListObjectsV2");
  assert.equal(nameOf("GET", "bucket", "list-type=1"), "ListObjects");
  assert.equal(nameOf("GET", "bucket", "versions"), "ListObjectVersions");
  assert.equal(nameOf("GET", "object", "partNumber=1"), "GetObject");
  assert.equal(nameOf("GET", "service"), "ListBuckets");
});

test("parameters that choose nothing are ignored", () => {
  assert.equal(nameOf("PUT", "object", "x-id=PutObject&foo=bar"), "PutObject");
});

test("[L-54] [L-174] a selector without a row is not implemented, never the plain operation", () => {
  for (const query of ["acl&x=1", "tagging", "retention"])
    assert.notEqual(nameOf("PUT", "object", query), "PutObject");
  for (const query of ["renameObject", "torrent"]) {
    assert.equal(codeOf("PUT", "object", query), "NotImplemented", query);
  }
  for (const query of ["replication", "analytics&id=1"]) {
    assert.equal(codeOf("PUT", "bucket", query), "NotImplemented", query);
  }
  assert.equal(codeOf("GET", "bucket", "session"), "NotImplemented");
  assert.equal(codeOf("POST", "object", "select&select-type=2"), "NotImplemented");
});

test("[L-163] a form is a POST to a bucket and nothing else", () => {
  assert.equal(nameOf("POST", "bucket"), "PostObject");
  assert.equal(nameOf("POST", "bucket", "x=1"), "PostObject");
  assert.equal(nameOf("POST", "bucket", "delete"), "DeleteObjects");
  assert.equal(codeOf("POST", "bucket", "uploads"), "NotImplemented");
  assert.equal(codeOf("POST", "object"), "MethodNotAllowed");
  assert.equal(codeOf("POST", "service"), "MethodNotAllowed");
});

test("a method without operations on a level is not allowed", () => {
  assert.equal(codeOf("PATCH", "object"), "MethodNotAllowed");
});

test("names and routes are unique", () => {
  assert.ok(OPERATIONS.length > 50);
  assert.equal(new Set(OPERATIONS.map((row) => row.name)).size, OPERATIONS.length);
  assert.equal(new Set(OPERATIONS.map((row) => JSON.stringify(row.route))).size, OPERATIONS.length);
});
