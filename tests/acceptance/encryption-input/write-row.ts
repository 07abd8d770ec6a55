import assert from "node:assert/strict";
import { xmlTexts } from "../../harness/wire-client.ts";
import {
  type Answer,
  type InputBench,
  type InputCase,
  OPEN,
  type Pairs,
  type Verdict,
} from "./input-bench.ts";
import { WRITE_ENTRIES, type WriteEntryName } from "./write-entries.ts";

export const SSE = "x-amz-server-side-encryption";

/** What an honoured request is answered: the scheme as the header tells it, or that of a customer's key. */
export type Scheme = "AES256" | "aws:kms" | "aws:kms:dsse" | "customer";

/** One row of the table: what a write asks for, and what S3 says to it. */
export interface WriteRow {
  readonly name: string;
  readonly headers: Pairs | ((bench: InputBench, place: { bucket: string; objectKey: string }) => Pairs);
  readonly bucket?: string;
  readonly plain?: true | undefined;
  readonly expected: Verdict | Scheme | ((bench: InputBench) => Verdict);
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
      for (const entry of WRITE_ENTRIES) {
        if (row.only?.includes(entry.name) === false) continue;
        const objectKey = `${prefix}${entry.name}`;
        const headers =
          typeof row.headers === "function" ? row.headers(bench, { bucket, objectKey }) : row.headers;
        const answer = await entry.send(bench, { bucket, objectKey, headers, plain: row.plain });
        const what = `${entry.name}: ${row.name}`;
        const other = row.on?.[entry.name];
        const { expected } = row;
        if (other !== undefined) bench.expect(answer, other, what);
        else if (typeof expected === "string") await honoured(bench, answer, expected, what);
        else bench.expect(answer, typeof expected === "function" ? expected(bench) : expected, what);
      }
      if (refused) await bench.assertNothingStored(bucket, prefix, row.name);
      assert.equal(await bench.countKmsKeys(), keysBefore, `${row.name}: a key was made`);
    },
  };
}

/** What is asked for is done, and told; never something else in its place [L-54]. */
async function honoured(bench: InputBench, answer: Answer, scheme: Scheme, what: string): Promise<void> {
  bench.tally.add("cells");
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
