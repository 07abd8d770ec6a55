import assert from "node:assert/strict";
import { customerHeaders, KEY } from "./customer-keys.ts";
import {
  CELLS,
  CONTROL_KEY,
  type InputBench,
  type InputCase,
  OPEN,
  type Verdict,
  withDigest,
} from "./input-bench.ts";
import type { Answer, Pairs } from "./input-client.ts";
import { KEY_ID_ROWS, type Named, regionOf } from "./key-id-rows.ts";
import { accountOf, idOf, kmsKeysOf } from "./kms-keys.ts";
import { KMS_NOT_SECURE, MALFORMED_XML } from "./verdicts.ts";
import { SSE } from "./write-row.ts";

const invalid = (message: string): Verdict => ({ status: 400, code: "InvalidRequest", message });
const REQUIRE_TYPE = invalid(
  "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.",
);
const NOT_TO = invalid(
  "The UpdateObjectEncryption operation doesn't support updating the encryption type to DSSE-KMS or SSE-C. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.",
);
const NOT_FROM = invalid(
  "The UpdateObjectEncryption operation doesn't support source objects with the encryption type DSSE-KMS or SSE-C. Only source objects encrypted with SSE-S3 or SSE-KMS are supported.",
);
const REQUIRE_ARN = invalid(
  "Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN, and then try again.",
);
const VALID_ARN = invalid(
  "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.",
);
const BAD_FLAG = invalid(
  "The BucketKeyEnabled value isn't valid. Valid values are true or false. Modify the request to specify a valid value, and then try again.",
);

const document = (inner: string): string => `<ObjectEncryption>${inner}</ObjectEncryption>`;
const underKey = (arn: string, more = ""): string =>
  document(`<SSE-KMS><KMSKeyArn>${arn}</KMSKeyArn>${more}</SSE-KMS>`);

interface Update {
  readonly objectKey: string;
  readonly body: string;
  readonly plain?: true;
  readonly digest?: false;
}

function update(bench: InputBench, { objectKey, body, plain, digest }: Update): Promise<Answer> {
  const sealed = digest === false ? { body } : withDigest(body);
  return bench.send({
    method: "PUT",
    bucket: OPEN,
    objectKey,
    query: [["encryption", ""]],
    plain,
    ...sealed,
  });
}

interface UpdateRow {
  readonly name: string;
  readonly body: (named: Named) => string;
  readonly expected: Verdict | ((named: Named) => Verdict);
  /** Default: one under SSE-S3. */
  readonly objectKey?: string;
  readonly plain?: true;
  readonly digest?: false;
}

/** How the object is sealed, and everything else that is told of it. */
async function described(bench: InputBench, objectKey: string): Promise<object> {
  const headers = objectKey === UNDER_CUSTOMER ? customerHeaders(KEY) : [];
  const told = await bench.require({ method: "HEAD", bucket: OPEN, objectKey, headers });
  const { date: _, "x-amz-request-id": __, "x-amz-id-2": ___, ...lasting } = told.headers;
  return lasting;
}

function updateCase(row: UpdateRow): InputCase {
  return {
    name: `§3.7 UpdateObjectEncryption: ${row.name}`,
    run: async (bench) => {
      await prepareObjects(bench);
      const keys = await kmsKeysOf(bench);
      const { objectKey = CONTROL_KEY, plain, digest } = row;
      const named = { keys, region: regionOf(bench), text: "" };
      const before = await described(bench, objectKey);
      const keysBefore = await bench.countKmsKeys();
      const options = {
        ...(plain === undefined ? {} : { plain }),
        ...(digest === undefined ? {} : { digest }),
      };
      const answer = await update(bench, { objectKey, body: row.body(named), ...options });
      const { expected } = row;
      bench.expect(answer, typeof expected === "function" ? expected(named) : expected, row.name);
      assert.deepEqual(await described(bench, objectKey), before, `${row.name}: the object was changed`);
      assert.equal(await bench.countKmsKeys(), keysBefore, `${row.name}: a key was made`);
      bench.tally.add("objects found unchanged");
    },
  };
}

const UNDER_CUSTOMER = "update/under-customer";
const UNDER_DSSE = "update/under-dsse";
const prepared = new WeakMap<InputBench, Promise<void>>();

function prepareObjects(bench: InputBench): Promise<void> {
  let done = prepared.get(bench);
  if (done === undefined) {
    done = putObjects(bench);
    prepared.set(bench, done);
  }
  return done;
}

async function putObjects(bench: InputBench): Promise<void> {
  const objects: readonly (readonly [string, Pairs])[] = [
    [UNDER_CUSTOMER, customerHeaders(KEY)],
    [UNDER_DSSE, [[SSE, "aws:kms:dsse"]]],
  ];
  for (const [objectKey, headers] of objects)
    await bench.require({ method: "PUT", bucket: OPEN, objectKey, headers, body: "content" });
}

/** As on writes; but only ARNs of keys are taken, and of the account of the bucket's owner. */
const KEY_ROWS = KEY_ID_ROWS.map(
  ({ name, keyId, expected }): UpdateRow => ({
    name: `a key ${name}`,
    body: ({ keys, region }) => underKey(keyId(keys, region)),
    expected: (named) => {
      const text = keyId(named.keys, named.region);
      if (text === "") return REQUIRE_ARN;
      if (!/^arn:aws:kms:[a-z0-9-]+:\d{12}:key\//.test(text)) return VALID_ARN;
      if (accountOf(text) !== accountOf(named.keys.enabled)) return { status: 403, code: "AccessDenied" };
      return expected({ ...named, text });
    },
  }),
);

const enabled = ({ keys }: Named): string => underKey(keys.enabled);
const ROWS: readonly UpdateRow[] = [
  ...KEY_ROWS,
  { name: "an object under a customer's key", objectKey: UNDER_CUSTOMER, body: enabled, expected: NOT_FROM },
  { name: "an object under DSSE-KMS", objectKey: UNDER_DSSE, body: enabled, expected: NOT_FROM },
  ...["<DSSE-KMS/>", "<SSE-C/>"].map(
    (to): UpdateRow => ({ name: `to ${to}`, body: () => document(to), expected: NOT_TO }),
  ),
  ...["<SSE-S3/>", "<SSE-KMS-DSSE/>", "<Unknown/>", ""].map(
    (to): UpdateRow => ({
      name: `to ${JSON.stringify(to)}`,
      body: () => document(to),
      expected: REQUIRE_TYPE,
    }),
  ),
  { name: "no key", body: () => document("<SSE-KMS/>"), expected: REQUIRE_ARN },
  {
    name: "an alias's ARN",
    body: ({ keys, region }) => underKey(`arn:aws:kms:${region}:${accountOf(keys.enabled)}:alias/aws/s3`),
    expected: VALID_ARN,
  },
  { name: "an id", body: ({ keys }) => underKey(idOf(keys.enabled)), expected: VALID_ARN },
  {
    name: "an ARN of 2 KiB and more",
    body: ({ keys }) => underKey(`${keys.enabled}${"a".repeat(2048)}`),
    expected: VALID_ARN,
  },
  ...["TRUE", "yes", "1", ""].map(
    (flag): UpdateRow => ({
      name: `the flag ${JSON.stringify(flag)}`,
      body: ({ keys }) => underKey(keys.enabled, `<BucketKeyEnabled>${flag}</BucketKeyEnabled>`),
      expected: BAD_FLAG,
    }),
  ),
  {
    name: "two keys",
    body: ({ keys }) => underKey(keys.enabled, `<KMSKeyArn>${keys.enabled}</KMSKeyArn>`),
    expected: MALFORMED_XML,
  },
  {
    name: "an unknown element with the key",
    body: ({ keys }) => underKey(keys.enabled, "<KMSContext>e30=</KMSContext>"),
    expected: MALFORMED_XML,
  },
  {
    name: "an unknown element beside the type",
    body: ({ keys }) => document(`<SSE-KMS><KMSKeyArn>${keys.enabled}</KMSKeyArn></SSE-KMS><Unknown/>`),
    expected: MALFORMED_XML,
  },
  ...["", "text", "<ObjectEncryption>", "<Other/>"].map(
    (body): UpdateRow => ({
      name: `the document ${JSON.stringify(body)}`,
      body: () => body,
      expected: MALFORMED_XML,
    }),
  ),
  {
    name: "an entity of a file",
    body: ({ keys }) =>
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${underKey(`${keys.enabled}&e;`)}`,
    expected: MALFORMED_XML,
  },
  {
    name: "1 MiB",
    body: ({ keys }) => underKey(keys.enabled, `<!-- ${"x".repeat(1 << 20)} -->`),
    expected: { status: 400, code: "MaxMessageLengthExceeded" },
  },
  {
    name: "no digest",
    body: enabled,
    digest: false,
    expected: { status: 400, code: "InvalidRequest", message: /^Missing required header for this request/ },
  },
  { name: "§2.6 over http", body: enabled, plain: true, expected: KMS_NOT_SECURE },
];

const honoured: InputCase = {
  name: "§3.7 UpdateObjectEncryption, honoured: a key's ARN",
  run: async (bench) => {
    const { enabled: arn } = await kmsKeysOf(bench);
    const objectKey = `${bench.newPrefix()}updated`;
    await bench.require({ method: "PUT", bucket: OPEN, objectKey, body: "content" });
    const answer = await update(bench, { objectKey, body: underKey(arn) });
    assert.equal(answer.status, 200, answer.body);
    assert.ok(JSON.stringify(await described(bench, objectKey)).includes(arn));
    bench.tally.add(CELLS);
  },
};

export const UPDATE_CASES: readonly InputCase[] = [honoured, ...ROWS.map(updateCase)];
