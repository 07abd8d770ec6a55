import assert from "node:assert/strict";
import {
  CUSTOMER_FAULTS,
  customerHeaders,
  KEY,
  type Members,
  membersOf,
  OTHER_KEY,
} from "./customer-keys.ts";
import {
  CELLS,
  CONTROL_KEY,
  type InputBench,
  type InputCase,
  KMS_KEY,
  OPEN,
  type Verdict,
} from "./input-bench.ts";
import { READ_ENTRIES, type ReadEntry } from "./read-entries.ts";
import { KEY_REQUIRED, KMS_NOT_SECURE, NOT_APPLICABLE, WRONG_KEY } from "./verdicts.ts";

/** Objects under a customer's key: a file, a payload, and nothing at all [L-59]. */
const OBJECTS = { "under-customer": 300_000, "under-customer-small": 100, "under-customer-empty": 0 };
const NAMES = Object.keys(OBJECTS);

interface ReadRow {
  readonly name: string;
  readonly objects: readonly string[];
  readonly members: Members;
  readonly expected: Verdict;
  readonly plain?: true | undefined;
}

/** Sends the row on each entry point for each object: nothing is told of it, and a copy leaves nothing. */
function readCase(row: ReadRow): InputCase {
  return {
    name: row.name,
    run: async (bench) => {
      const prefix = bench.newPrefix();
      const cells = row.objects.flatMap((objectKey) =>
        READ_ENTRIES.map((entry) => [objectKey, entry] as const),
      );
      await Promise.all(cells.map(([objectKey, entry]) => sendRow(bench, row, entry, { objectKey, prefix })));
      await bench.assertNothingStored(OPEN, prefix, row.name);
    },
  };
}

async function sendRow(
  bench: InputBench,
  { name, members, plain, expected }: ReadRow,
  entry: ReadEntry,
  { objectKey, prefix }: { readonly objectKey: string; readonly prefix: string },
): Promise<void> {
  const what = `${entry.name} of ${objectKey}: ${name}`;
  const target = `${prefix}${objectKey}/${entry.name}`;
  const answer = await entry.send(bench, { objectKey, members, plain, target });
  bench.expect(answer, expected, what, entry.method);
  for (const header of ["etag", "content-range", "x-amz-checksum-crc64nvme", "x-amz-version-id"])
    assert.equal(answer.headers[header], undefined, `${what}: ${header} is told`);
}

const faults = CUSTOMER_FAULTS.map(
  ({ name, members, verdict, plain }): ReadRow => ({
    name: `§2.3 reading, ${name}`,
    objects: NAMES,
    members,
    plain,
    expected: verdict === "length" ? WRONG_KEY : verdict,
  }),
);

const ROWS: readonly ReadRow[] = [
  { name: "§2.3 #7 #10 [L-59] [L-60] no key", objects: NAMES, members: [], expected: KEY_REQUIRED },
  {
    name: "§2.3 #8 #11 [L-59] [L-60] [L-171] another key",
    objects: NAMES,
    members: membersOf(OTHER_KEY),
    expected: WRONG_KEY,
  },
  {
    name: "§2.3 #9 #12 a key for an object under SSE-S3",
    objects: [CONTROL_KEY],
    members: membersOf(KEY),
    expected: NOT_APPLICABLE,
  },
  {
    name: "§2.3 #9 #12 a key for an object under SSE-KMS",
    objects: [KMS_KEY],
    members: membersOf(KEY),
    expected: NOT_APPLICABLE,
  },
  ...faults,
];

/** [?] for HEAD, which needs no key of the key service: S3's rule is about the object, and so it is here. */
const overHttp: InputCase = {
  name: "§2.6 an object under SSE-KMS over http",
  run: async (bench) => {
    const prefix = bench.newPrefix();
    for (const entry of READ_ENTRIES) {
      const target = `${prefix}${entry.name}`;
      const answer = await entry.send(bench, { objectKey: KMS_KEY, members: [], plain: true, target });
      const onlyDescribes = entry.name === "HeadObject" || entry.name === "HeadObject, presigned";
      if (onlyDescribes) assert.equal(answer.status, 200, entry.name);
      else bench.expect(answer, KMS_NOT_SECURE, entry.name, entry.method);
    }
    await bench.assertNothingStored(OPEN, prefix, "over http");
  },
};

/** What is asked rightly is read, so that nothing was refused for another reason. */
const right: InputCase = {
  name: "§2.3 reading, honoured: the right key",
  run: async (bench) => {
    await putObjects(bench);
    const prefix = bench.newPrefix();
    for (const objectKey of NAMES) {
      for (const entry of READ_ENTRIES) {
        if (objectKey === "under-customer-empty" && entry.name === "GetObject, a range") continue;
        const target = `${prefix}${objectKey}/${entry.name}`;
        const answer = await entry.send(bench, { objectKey, members: membersOf(KEY), target });
        assert.ok([200, 206].includes(answer.status), `${entry.name} of ${objectKey}: ${answer.body}`);
        bench.tally.add(CELLS);
      }
    }
  },
};

async function putObjects(bench: InputBench): Promise<void> {
  for (const [objectKey, sizeBytes] of Object.entries(OBJECTS)) {
    const body = Buffer.alloc(sizeBytes, "x");
    await bench.require({ method: "PUT", bucket: OPEN, objectKey, headers: customerHeaders(KEY), body });
  }
}

export const READ_CASES: readonly InputCase[] = [right, ...ROWS.map(readCase), overHttp];
