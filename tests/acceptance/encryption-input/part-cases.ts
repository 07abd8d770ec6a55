import assert from "node:assert/strict";
import { CUSTOMER_FAULTS, KEY, type Members, membersOf, OTHER_KEY } from "./customer-keys.ts";
import { CELLS, type InputCase, type Verdict } from "./input-bench.ts";
import { PART_ENTRIES, type PartEntry } from "./part-entries.ts";
import { assertUntouched, type Uploads, uploadsOf } from "./part-uploads.ts";
import { BLOCKED, KMS_NOT_SECURE, NOT_SECURE, NOT_THE_SAME, UPLOAD_REQUESTED } from "./verdicts.ts";

interface PartRow {
  readonly name: string;
  readonly upload: keyof Uploads;
  readonly members: Members;
  readonly expected: Verdict;
  readonly plain?: true | undefined;
  readonly only?: (entry: PartEntry) => boolean;
}

function partCase(row: PartRow): InputCase {
  return {
    name: row.name,
    run: async (bench) => {
      const upload = (await uploadsOf(bench))[row.upload];
      const sendTo = async (entry: PartEntry): Promise<void> => {
        const answer = await entry.send(bench, { upload, members: row.members, plain: row.plain });
        bench.expect(answer, row.expected, `${entry.name}: ${row.name}`);
      };
      await Promise.all(PART_ENTRIES.filter((entry) => row.only?.(entry) !== false).map(sendTo));
      await assertUntouched(bench, row.upload, upload, row.name);
    },
  };
}

const onlyWrites = ({ writes }: PartEntry): boolean => writes;
const onlyEnds = ({ writes }: PartEntry): boolean => !writes;

const faults = CUSTOMER_FAULTS.map(
  ({ name, members, verdict, plain }): PartRow => ({
    name: `§2.3 of an upload, ${name}`,
    upload: "underCustomer",
    members,
    plain,
    expected: verdict === "length" ? NOT_THE_SAME : verdict,
  }),
);

/** As for whole objects: before the key is looked at. That keys need TLS is judged before any operation is begun. */
const blocked = [{ name: "a right key", members: membersOf(KEY), plain: undefined }, ...CUSTOMER_FAULTS].map(
  ({ name, members, plain }): PartRow => ({
    name: `§2.3 #17 §3.6 blocked since the upload began: ${name}`,
    upload: "underCustomerBlockedLater",
    members,
    plain,
    expected: plain === true ? NOT_SECURE : BLOCKED,
    only: onlyWrites,
  }),
);

const ROWS: readonly PartRow[] = [
  {
    name: "§2.3 #13 an upload under a customer's key, and a part without",
    upload: "underCustomer",
    members: [],
    expected: UPLOAD_REQUESTED,
    only: onlyWrites,
  },
  {
    // [?] in the reference: with the words of #13.
    name: "§2.3 #15 §1.6 an upload under a customer's key with checksums, ended or listed without",
    upload: "underCustomerWithChecksums",
    members: [],
    expected: UPLOAD_REQUESTED,
  },
  ...(["underCustomer", "underCustomerWithChecksums"] as const).map(
    (upload): PartRow => ({
      name: `§2.3 #14 another key than the upload's (${upload})`,
      upload,
      members: membersOf(OTHER_KEY),
      expected: NOT_THE_SAME,
    }),
  ),
  ...(["underS3", "underKms"] as const).map(
    (upload): PartRow => ({
      name: `§2.3 #13 a key for an upload that is not under a customer's (${upload})`,
      upload,
      members: membersOf(KEY),
      expected: UPLOAD_REQUESTED,
    }),
  ),
  {
    name: "§2.6 [L-168] parts of an upload under SSE-KMS over http",
    upload: "underKms",
    members: [],
    plain: true,
    expected: KMS_NOT_SECURE,
    only: onlyWrites,
  },
  ...faults,
  ...blocked,
];

const honoured: InputCase = {
  name: "§2.3 §1.6 honoured: parts with the upload's key, and its end without",
  run: async (bench) => {
    const { underCustomer, underCustomerBlockedLater } = await uploadsOf(bench);
    for (const entry of PART_ENTRIES.filter(onlyWrites)) {
      const answer = await entry.send(bench, { upload: underCustomer, members: membersOf(KEY) });
      assert.equal(answer.status, 200, `${entry.name}: ${answer.body}`);
      bench.tally.add(CELLS);
    }
    // What was begun before the block can be looked at, and ended: nothing more is sealed by that (§2.3 #18).
    for (const upload of [underCustomer, underCustomerBlockedLater]) {
      for (const entry of PART_ENTRIES.filter(onlyEnds).reverse()) {
        const answer = await entry.send(bench, { upload, members: [] });
        assert.equal(answer.status, 200, `${entry.name}: ${answer.body}`);
        bench.tally.add(CELLS);
      }
    }
  },
};

export const PART_CASES: readonly InputCase[] = [...ROWS.map(partCase), honoured];
