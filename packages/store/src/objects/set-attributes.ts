import { readBucket } from "../buckets/read-bucket.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import type { Retention } from "../model.ts";
import type { ObjectSelector, SetRetentionInput } from "../object-store.ts";
import { encodeChain, type VersionRecord } from "../records.ts";
import { requireVersion } from "./find-version.ts";
import { requireNoWeaker, requireObjectLock } from "./object-lock.ts";
import { versionIdOf } from "./version-chain.ts";

/** Replaces all tags of one version; nothing else of it changes. Returns the version id. */
export function setTags(
  engine: Engine,
  selector: ObjectSelector,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  return setAttributes(engine, selector, { tags });
}

/** Replaces the access list of one version; null: its owner's alone. Returns the version id. */
export function setAccessList(
  engine: Engine,
  selector: ObjectSelector,
  accessList: string | null,
): Promise<string> {
  return setAttributes(engine, selector, { accessList });
}

/** Lets an archived version be read until then. Returns the version id. */
export function setRestored(
  engine: Engine,
  selector: ObjectSelector,
  restoredUntilMs: number,
): Promise<string> {
  return setAttributes(engine, selector, { restoredUntilMs });
}

/** Replaces the retention of one version by one that protects no less, or as `bypassGovernance` allows. */
export async function setRetention(
  engine: Engine,
  { bypassGovernance = false, ...selector }: SetRetentionInput,
  retention: Retention | null,
): Promise<string> {
  requireObjectLock((await readBucket(engine, selector.bucket)).bucket);
  return setAttributes(engine, selector, { retention }, (record) =>
    requireNoWeaker(record.retention, retention, engine.clock.nowMs(), bypassGovernance),
  );
}

/** Sets or lifts the legal hold of one version. */
export async function setLegalHold(
  engine: Engine,
  selector: ObjectSelector,
  legalHold: boolean,
): Promise<string> {
  requireObjectLock((await readBucket(engine, selector.bucket)).bucket);
  return setAttributes(engine, selector, { legalHold });
}

/** `check` is asked about the very record that the commit replaces, and throws to refuse. */
function setAttributes(
  engine: Engine,
  selector: ObjectSelector,
  attributes: Partial<
    Pick<VersionRecord, "tags" | "accessList" | "restoredUntilMs" | "retention" | "legalHold">
  >,
  check: (record: VersionRecord) => void = () => {},
): Promise<string> {
  return untilCommitted(async () => {
    const { record, entry } = await requireVersion(engine, selector);
    check(record);
    await engine.index.commit({
      checks: [{ key: entry.stored.key, revision: entry.stored.revision }],
      puts: [{ key: entry.stored.key, value: encodeChain({ ...record, ...attributes }) }],
    });
    return versionIdOf(record);
  });
}
