import { COPY_SOURCE_CUSTOMER, CUSTOMER_FAULTS, customerHeaders, headersOf, KEY } from "./customer-keys.ts";
import { BLOCKING, type InputCase } from "./input-bench.ts";
import { BAD_KEY, BLOCKED, NOT_SECURE } from "./verdicts.ts";
import { SSE, type WriteRow, writeCase } from "./write-row.ts";

/** [L-114] What is wrong with a customer's key that shall seal. */
const WRITES = CUSTOMER_FAULTS.map(
  ({ name, members, verdict, plain, on }): WriteRow => ({
    name: `§2.3 ${name}`,
    headers: headersOf(members),
    plain,
    expected: verdict === "length" ? BAD_KEY : verdict,
    ...(on === undefined ? {} : { on }),
  }),
);

/** The block is found before the key is looked at: any header of the three, right or wrong (§2.3 #17). */
const BLOCKED_WHATEVER: readonly WriteRow[] = [
  { name: "a right key", headers: customerHeaders(KEY), expected: BLOCKED },
  { name: "a right key and AES256", headers: [[SSE, "AES256"], ...customerHeaders(KEY)], expected: BLOCKED },
  { name: "a right key over http", headers: customerHeaders(KEY), plain: true, expected: BLOCKED },
  ...CUSTOMER_FAULTS.map(
    ({ name, members, plain, on }): WriteRow => ({
      name,
      headers: headersOf(members),
      plain,
      expected: BLOCKED,
      ...(on === undefined ? {} : { on }),
    }),
  ),
];
const BLOCKS = BLOCKED_WHATEVER.map(
  (row): WriteRow => ({ ...row, name: `§2.3 #17 §3.6 [L-90] blocked: ${row.name}`, bucket: BLOCKING }),
);

/** A copy's source has a family of its own, which is looked at before any object is. */
const COPY_SOURCES: readonly WriteRow[] = [
  {
    name: "§2.3 #16 [L-168] a key for a copy's source over http",
    headers: customerHeaders(KEY, COPY_SOURCE_CUSTOMER),
    plain: true,
    expected: NOT_SECURE,
  },
  {
    name: "§2.3 #16 [L-168] two keys over http",
    headers: [...customerHeaders(KEY), ...customerHeaders(KEY, COPY_SOURCE_CUSTOMER)],
    plain: true,
    expected: NOT_SECURE,
  },
];

export const CUSTOMER_WRITE_CASES: readonly InputCase[] = [...WRITES, ...BLOCKS, ...COPY_SOURCES].map(
  writeCase,
);
