import assert from "node:assert/strict";
import { test } from "node:test";
import { requireChosenCredentials } from "./chosen-credentials.ts";
import { IamError } from "./iam-error.ts";

const GOOD_ID = "operator";
const GOOD_SECRET = "kE9-vW2.qZ7_xT4+mN1/";

function codeOf(accessKeyId: string, secret: string): string {
  try {
    requireChosenCredentials(accessKeyId, secret).wipe();
    return "accepted";
  } catch (error) {
    assert(error instanceof IamError);
    if (secret !== "" && secret !== "root")
      assert.equal(error.message.includes(secret), false, "[L-113] no secret in the message");
    return error.code;
  }
}

test("[L-118] well-known credentials are refused by name", () => {
  for (const [id, secret] of [
    ["minioadmin", "minioadmin"],
    ["minioadmin", GOOD_SECRET],
    ["rustfsadmin", "rustfsadmin"],
    [GOOD_ID, "MinioAdmin"],
    [GOOD_ID, "changemechangeme"],
    ["AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"],
    ["operator", "operatoroperator"],
  ] as const) {
    assert.equal(codeOf(id, secret), "DefaultCredentials", `${id}:${secret}`);
  }
});

test("[L-141] short, repetitive and unprintable secrets are refused, good ones taken as they are", () => {
  assert.equal(codeOf(GOOD_ID, GOOD_SECRET.slice(0, 15)), "InvalidCredentials");
  assert.equal(codeOf(GOOD_ID, "abababababababababab"), "InvalidCredentials");
  assert.equal(codeOf(GOOD_ID, `${GOOD_SECRET} `), "InvalidCredentials");
  assert.equal(codeOf(GOOD_ID, `${GOOD_SECRET}é`), "InvalidCredentials");
  assert.equal(codeOf(GOOD_ID, `${GOOD_SECRET}`.repeat(7)), "InvalidCredentials");
  assert.equal(codeOf("ab", GOOD_SECRET), "InvalidCredentials");
  assert.equal(codeOf("a b c", GOOD_SECRET), "InvalidCredentials");
  assert.equal(codeOf(GOOD_ID, GOOD_SECRET), "accepted");
  assert.equal(requireChosenCredentials(GOOD_ID, GOOD_SECRET).expose().toString(), GOOD_SECRET);
});
