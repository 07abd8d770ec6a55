import { encodeSequence, type RecordStore } from "@strongroom/base";

/** Which objects' reads and writes are on the trail, as PutEventSelectors sets it. */
export interface EventSelector {
  readonly readWriteType: "All" | "ReadOnly" | "WriteOnly";
  /** Prefixes of object ARNs: `arn:aws:s3:::bucket/`, `arn:aws:s3:::bucket/prefix`; `arn:aws:s3` is all of them. */
  readonly prefixes: readonly string[];
}

interface Asked {
  readonly bucket: string;
  readonly objectKey: string;
  readonly readOnly: boolean;
}

const KEY = encodeSequence(["audit", "event selectors"]);
const FORMAT = 1;

/** The selectors, shared by all processes: a change holds for the next request of each. */
export class EventSelectors {
  readonly #records: RecordStore & { lastCommit(): number | Promise<number> };
  #seenCommit = -1;
  #revision: string | null = null;
  #selectors: readonly EventSelector[] = [];

  constructor(records: RecordStore & { lastCommit(): number | Promise<number> }) {
    this.#records = records;
  }

  /** At once while nothing was committed since the last time. */
  isSelected(asked: Asked): boolean | Promise<boolean> {
    const commit = this.#records.lastCommit();
    if (typeof commit === "number" && commit === this.#seenCommit) return matches(this.#selectors, asked);
    return this.list().then((selectors) => matches(selectors, asked));
  }

  async list(): Promise<readonly EventSelector[]> {
    const commit = await this.#records.lastCommit();
    const record = await this.#records.find(KEY);
    if (record === null) this.#selectors = [];
    else if (record.revision !== this.#revision) this.#selectors = parse(record.value);
    this.#revision = record?.revision ?? null;
    this.#seenCommit = commit;
    return this.#selectors;
  }

  async replace(selectors: readonly EventSelector[]): Promise<void> {
    const value = Buffer.from(JSON.stringify({ format: FORMAT, selectors }));
    for (;;) {
      const record = await this.#records.find(KEY);
      if (
        await this.#records.commit([{ key: KEY, value }], [{ key: KEY, revision: record?.revision ?? null }])
      )
        break;
    }
    this.#seenCommit = -1;
  }
}

function matches(selectors: readonly EventSelector[], { bucket, objectKey, readOnly }: Asked): boolean {
  if (selectors.length === 0) return false;
  const arn = `arn:aws:s3:::${bucket}/${objectKey}`;
  return selectors.some(
    ({ readWriteType, prefixes }) =>
      readWriteType !== (readOnly ? "WriteOnly" : "ReadOnly") &&
      prefixes.some((prefix) => arn.startsWith(prefix)),
  );
}

function parse(bytes: Uint8Array): readonly EventSelector[] {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  const fields: Record<string, unknown> = typeof value === "object" && value !== null ? { ...value } : {};
  const { format, selectors } = fields;
  // Unknown selectors are no reason to record less.
  if (format !== FORMAT || !Array.isArray(selectors))
    return [{ readWriteType: "All", prefixes: ["arn:aws:s3"] }];
  return selectors.filter(isSelector);
}

function isSelector(value: unknown): value is EventSelector {
  return (
    typeof value === "object" &&
    value !== null &&
    "readWriteType" in value &&
    "prefixes" in value &&
    Array.isArray(value.prefixes)
  );
}
