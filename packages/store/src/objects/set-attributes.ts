import { type Engine, untilCommitted } from "../engine.ts";
import type { ObjectSelector } from "../object-store.ts";
import { encodeChain, type VersionRecord } from "../records.ts";
import { requireVersion } from "./find-version.ts";
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

function setAttributes(
  engine: Engine,
  selector: ObjectSelector,
  attributes: Partial<Pick<VersionRecord, "tags" | "accessList" | "restoredUntilMs">>,
): Promise<string> {
  return untilCommitted(async () => {
    const { record, entry } = await requireVersion(engine, selector);
    await engine.index.commit({
      checks: [{ key: entry.stored.key, revision: entry.stored.revision }],
      puts: [{ key: entry.stored.key, value: encodeChain({ ...record, ...attributes }) }],
    });
    return versionIdOf(record);
  });
}
