import assert from "node:assert/strict";
import { test } from "node:test";
import { ServiceError } from "@strongroom/base";
import { printXml } from "@strongroom/wire";
import fc from "fast-check";
import { requestOf } from "../operations/exchange-fixture.ts";
import { putBucketAcl } from "../operations/put-bucket-acl.ts";
import {
  ACL_PERMISSIONS,
  type Grant,
  grantToGroup,
  grantToUser,
  parseStoredAccessList,
  printStoredAccessList,
} from "./access-list.ts";
import { accessListDocument, parseAccessListDocument } from "./access-list-document.ts";
import { readAccessListHeaders } from "./access-list-request.ts";
import { bindPrincipals } from "./bound-principals.ts";
import { parseBucketPolicy } from "./bucket-policy.ts";
import { readOwnershipControls } from "./object-ownership.ts";
import { readPublicAccessBlock } from "./public-access-block.ts";

const canonicalUserId = fc.stringMatching(/^[0-9a-f]{64}$/);
const grant: fc.Arbitrary<Grant> = fc.record(
  {
    grantee: fc.oneof(
      canonicalUserId.map((id) => grantToUser(id, "READ").grantee),
      fc
        .constantFrom("AllUsers" as const, "AuthenticatedUsers" as const, "LogDelivery" as const)
        .map((group) => grantToGroup(group, "READ").grantee),
    ),
    permission: fc.constantFrom(...ACL_PERMISSIONS),
  },
  { noNullPrototype: true },
);
const list = fc.array(grant, { maxLength: 100 });

test("an access list comes back as it was stored, and as it was shown", () => {
  fc.assert(
    fc.property(list, canonicalUserId, (grants, ownerId) => {
      assert.deepEqual(parseStoredAccessList(printStoredAccessList(grants)), grants);
      assert.deepEqual(parseAccessListDocument(printXml(accessListDocument(ownerId, grants))), {
        ownerId,
        list: grants,
      });
    }),
  );
});

/** Text that looks like what is parsed, so that more than the first step sees it. */
const almost = (...pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 12 })), { maxLength: 24 })
    .map((parts) => parts.join(""));

function parsesOrRefuses(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    assert.ok(error instanceof ServiceError, String(error));
  }
}

test("documents parse or are refused, whatever they are", () => {
  const xml = almost(
    "<AccessControlPolicy>",
    "<Owner><ID>",
    "</ID></Owner>",
    "<Grant>",
    "<Rule>",
    "true",
    "</",
    ">",
  );
  fc.assert(
    fc.property(xml, (text) => {
      parsesOrRefuses(() => parseAccessListDocument(text));
      parsesOrRefuses(() => readOwnershipControls(text));
      parsesOrRefuses(() => readPublicAccessBlock(text));
    }),
    { numRuns: 500 },
  );
});

test("grant headers parse or are refused", () => {
  const header = almost('id="', 'uri="', "emailAddress=", ",", '"', "=", "0".repeat(64));
  fc.assert(
    fc.property(header, (text) => {
      const headers = { "x-amz-grant-read": text };
      parsesOrRefuses(() => readAccessListHeaders(requestOf(putBucketAcl, { headers })));
    }),
    { numRuns: 500 },
  );
});

test("policies parse for their bucket or are refused, and binding them changes principals alone", async () => {
  const anybody = { findPrincipal: async () => ({ uniqueId: null }), hasCanonicalUser: async () => true };
  const text = almost(
    '{"Version":"2012-10-17"',
    ',"Statement":[',
    '{"Effect":"Allow"',
    ',"Action":"s3:*"',
    "}",
    "]",
  );
  await fc.assert(
    fc.asyncProperty(text, async (policy) => {
      try {
        await parseBucketPolicy(policy, "bucket", anybody);
      } catch (error) {
        assert.ok(error instanceof ServiceError, String(error));
      }
    }),
    { numRuns: 500 },
  );
  const arn = "arn:aws:iam::111111111111:user/a";
  const statement = {
    Sid: arn,
    Principal: { AWS: [arn, "*"] },
    Condition: { ArnEquals: { "aws:PrincipalArn": arn } },
  };
  const { boundText } = bindPrincipals(JSON.stringify({ Statement: [statement] }), new Map([[arn, "AIDAX"]]));
  assert.deepEqual(JSON.parse(boundText), {
    Statement: [{ ...statement, Principal: { AWS: ["AIDAX", "*"] } }],
  });
});
