import assert from "node:assert/strict";
import { xmlTexts } from "../../harness/wire-client.ts";
import { CELLS, type InputBench, type InputCase, OPEN, type Verdict } from "./input-bench.ts";
import type { Answer, Pairs } from "./input-client.ts";
import { WRITE_ENTRIES, type WriteEntry, type WriteEntryName } from "./write-entries.ts";

export const SSE = "x-amz-server-side-encryption";

/** What an honoured request is answered: the scheme as the header tells it, or that of a customer's key. */
export type Scheme = "AES256" | "aws:kms" | "aws:kms:dsse" | "customer";

/** One row of the table: what a write asks for, and what S3 says to it. */
export interface WriteRow {
  readonly name: string;
  readonly headers: Pairs | ((bench: InputBench, place: { bucket: string; objectKey: string }) => Pairs);
  readonly bucket?: string;
  readonly plain?: true | undefined;
  readonly expected: Verdict | Scheme;
  /** Entry points that find another fault first. */
  readonly on?: Partial<Record<WriteEntryName, Verdict>>;
  /** Default: all. */
  readonly only?: readonly WriteEntryName[];
}

/** Sends the row on each entry point; what is refused leaves nothing, and no row makes a key. */
export function writeCase(row: WriteRow): InputCase {
  return {
    name: row.name,
    run: async (bench) => {
      const bucket = row.bucket ?? OPEN;
      const prefix = bench.newPrefix();
      const keysBefore = await bench.countKmsKeys();
      const refused = typeof row.expected !== "string";
      const entries = WRITE_ENTRIES.filter(({ name }) => row.only?.includes(name) !== false);
      await Promise.all(entries.map((entry) => sendRow(bench, row, entry, { bucket, prefix })));
      if (refused) await bench.assertNothingStored(bucket, prefix, row.name);
      assert.equal(await bench.countKmsKeys(), keysBefore, `${row.name}: a key was made`);
    },
  };
}

async function sendRow(
  bench: InputBench,
  row: WriteRow,
  entry: WriteEntry,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
): Promise<void> {
  const objectKey = `${prefix}${entry.name}`;
  const headers = typeof row.headers === "function" ? row.headers(bench, { bucket, objectKey }) : row.headers;
  const answer = await entry.send(bench, { bucket, objectKey, headers, plain: row.plain });
  const what = `${entry.name}: ${row.name}`;
  const expected = row.on?.[entry.name] ?? row.expected;
  if (typeof expected === "string") honoured(bench, answer, expected, what);
  else bench.expect(answer, expected, what);
}

/** What is asked for is done, and told; never something else in its place [L-54]. */
function honoured(bench: InputBench, answer: Answer, scheme: Scheme, what: string): void {
  bench.tally.add(CELLS);
  assert.ok(answer.status === 200 || answer.status === 204, `${what}: ${answer.status} ${answer.body}`);
  const told = answer.headers[SSE];
  assert.equal(told, scheme === "customer" ? undefined : scheme, what);
  assert.equal(
    answer.headers[`${SSE}-customer-algorithm`],
    scheme === "customer" ? "AES256" : undefined,
    what,
  );
  const namesKey = /^arn:aws:kms:/.test(String(answer.headers[`${SSE}-aws-kms-key-id`]));
  assert.equal(namesKey, scheme.startsWith("aws:kms"), `${what}: a KMS key is named where one is used`);
  assert.deepEqual(xmlTexts(answer.body, "Code"), [], what);
}
