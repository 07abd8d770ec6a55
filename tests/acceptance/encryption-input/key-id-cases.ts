import assert from "node:assert/strict";
import { callKms } from "../../harness/kms-client.ts";
import { type InputBench, type InputCase, OPEN, type Verdict } from "./input-bench.ts";
import type { Pairs } from "./input-client.ts";
import { KEY_ID_ROWS, regionOf } from "./key-id-rows.ts";
import { idOf, kmsKeysOf } from "./kms-keys.ts";
import { READ_ENTRIES } from "./read-entries.ts";
import { SSE, type WriteRow, writeCase } from "./write-row.ts";

const BY_DEFAULT = "default-under-no-key";
const METHODS = ["aws:kms", "aws:kms:dsse"] as const;

const asked = KEY_ID_ROWS.flatMap(({ name, keyId, expected }) =>
  METHODS.map((method): InputCase => {
    const title = `§2.4 [L-53] ${method} under a key ${name}`;
    return {
      name: title,
      run: async (bench) => {
        const keys = await kmsKeysOf(bench);
        const region = regionOf(bench);
        const text = keyId(keys, region);
        const headers: Pairs = [
          [SSE, method],
          [`${SSE}-aws-kms-key-id`, text],
        ];
        await writeCase({ name: title, headers, expected: expected({ keys, region, text }) }).run(bench);
      },
    };
  }),
);

/** A bucket's default is not looked at before it is used (§2.4, §8.42). */
function defaultCase(name: string, keyId: string, expected: Verdict): InputCase {
  return {
    name,
    run: async (bench) => {
      const made = await bench.send({ method: "HEAD", bucket: BY_DEFAULT });
      if (made.status === 404) await bench.server.makeBucket(BY_DEFAULT);
      await putDefault(bench, "AES256");
      const objectKey = "control";
      await bench.require({ method: "PUT", bucket: BY_DEFAULT, objectKey, body: "still here" });
      await putDefault(bench, "aws:kms", keyId);
      await writeCase({ name, bucket: BY_DEFAULT, headers: [], expected }).run(bench);
      const name2 = `${name}, which AES256 in the request overrides [L-61]`;
      await writeCase({
        name: name2,
        bucket: BY_DEFAULT,
        headers: [[SSE, "AES256"]],
        expected: "AES256",
      }).run(bench);
    },
  };
}

function putDefault(bench: InputBench, algorithm: string, keyId?: string): Promise<unknown> {
  const key = keyId === undefined ? "" : `<KMSMasterKeyID>${keyId}</KMSMasterKeyID>`;
  const rule = `<SSEAlgorithm>${algorithm}</SSEAlgorithm>${key}`;
  return bench.putBucketEncryption(
    BY_DEFAULT,
    `<Rule><ApplyServerSideEncryptionByDefault>${rule}</ApplyServerSideEncryptionByDefault></Rule>`,
  );
}

const UNDER_KEY = "under-a-key-that-ends";

/** An object whose key is disabled, then about to be deleted: what S3 reads of it needs no key, its data does. */
const readCase: InputCase = {
  name: "§2.4 §8.11 reading an object whose key was disabled, then scheduled for deletion",
  run: async (bench) => {
    const { enabled } = await kmsKeysOf(bench);
    const headers: Pairs = [
      [SSE, "aws:kms"],
      [`${SSE}-aws-kms-key-id`, idOf(enabled)],
    ];
    await bench.require({ method: "PUT", bucket: OPEN, objectKey: UNDER_KEY, headers, body: "content" });
    await changeKey(bench, "DisableKey", { KeyId: enabled });
    await readAll(bench, "KMS.DisabledException", `${enabled} is disabled.`);
    await changeKey(bench, "ScheduleKeyDeletion", { KeyId: enabled, PendingWindowInDays: 7 });
    await readAll(bench, "KMS.KMSInvalidStateException", `${enabled} is pending deletion.`);
    await changeKey(bench, "CancelKeyDeletion", { KeyId: enabled });
    await changeKey(bench, "EnableKey", { KeyId: enabled });
    const got = await bench.require({ method: "GET", bucket: OPEN, objectKey: UNDER_KEY });
    assert.equal(got.body, "content");
  },
};

async function changeKey(bench: InputBench, operation: string, input: object): Promise<void> {
  const answer = await callKms(bench.server.client, operation, input);
  assert.equal(answer.status, 200, `${operation}: ${answer.body}`);
}

async function readAll(bench: InputBench, code: string, message: string): Promise<void> {
  const prefix = bench.newPrefix();
  for (const entry of READ_ENTRIES) {
    const target = `${prefix}${entry.name}`;
    const answer = await entry.send(bench, { objectKey: UNDER_KEY, members: [], target });
    const onlyDescribes = entry.name === "HeadObject" || entry.name === "HeadObject, presigned";
    if (onlyDescribes) assert.equal(answer.status, 200, `${entry.name}: §2.4`);
    else bench.expect(answer, { status: 400, code, message }, `${entry.name}: ${code}`, entry.method);
  }
  await bench.assertNothingStored(OPEN, prefix, code);
}

const HONOURED: readonly WriteRow[] = [
  {
    name: "§2.2 #10 honoured: the account's own key by its alias",
    headers: [
      [SSE, "aws:kms"],
      [`${SSE}-aws-kms-key-id`, "alias/aws/s3"],
    ],
    expected: "aws:kms",
  },
];

export const KEY_ID_CASES: readonly InputCase[] = [
  ...HONOURED.map(writeCase),
  ...asked,
  defaultCase("§3.4 §8.42 a default under text that names no key", "fool-me-again", {
    status: 400,
    code: "KMS.NotFoundException",
    message: "Invalid keyId 'fool-me-again'",
  }),
  defaultCase("§2.4 a default under aws/s3, which is no alias", "aws/s3", {
    status: 400,
    code: "KMS.NotFoundException",
    message: "Invalid keyId 'aws/s3'",
  }),
  readCase,
];
