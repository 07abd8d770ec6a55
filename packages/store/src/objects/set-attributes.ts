import { readBucket } from "../buckets/read-bucket.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import { announcing } from "../events/announce.ts";
import type { Announced, Announcement } from "../events/object-event.ts";
import type { Retention } from "../model.ts";
import type { ObjectSelector, RestoreInput, SetRetentionInput } from "../object-store.ts";
import { encodeChain, type VersionRecord } from "../records.ts";
import { requireVersion } from "./find-version.ts";
import { requireNoWeaker, requireObjectLock } from "./object-lock.ts";
import { versionIdOf } from "./version-chain.ts";

/** Replaces all tags of one version; nothing else of it changes. Returns the version id. */
export function setTags(
  engine: Engine,
  selector: ObjectSelector & Announced,
  tags: Readonly<Record<string, string>>,
): Promise<string> {
  return setAttributes(engine, selector, { tags }, { events: eventsOf(selector.announce) });
}

/** Replaces the access list of one version; null: its owner's alone. Returns the version id. */
export function setAccessList(
  engine: Engine,
  selector: ObjectSelector & Announced,
  accessList: string | null,
): Promise<string> {
  return setAttributes(engine, selector, { accessList }, { events: eventsOf(selector.announce) });
}

/** Lets an archived version be read until then. Returns the version id. */
export function setRestored(
  engine: Engine,
  { origin, ...selector }: RestoreInput,
  restoredUntilMs: number,
): Promise<string> {
  const events: readonly Announcement[] =
    origin === undefined
      ? []
      : [
          { name: "ObjectRestore:Post", origin },
          { name: "ObjectRestore:Completed", origin },
        ];
  return setAttributes(engine, selector, { restoredUntilMs }, { events });
}

const eventsOf = (announce: Announcement | undefined): readonly Announcement[] =>
  announce === undefined ? [] : [announce];

/** Replaces the retention of one version by one that protects no less, or as `bypassGovernance` allows. */
export async function setRetention(
  engine: Engine,
  { bypassGovernance = false, ...selector }: SetRetentionInput,
  retention: Retention | null,
): Promise<string> {
  requireObjectLock((await readBucket(engine, selector.bucket)).bucket);
  return setAttributes(
    engine,
    selector,
    { retention },
    {
      check: (record) => requireNoWeaker(record.retention, retention, engine.clock.nowMs(), bypassGovernance),
    },
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

interface AttributesChange {
  /** Is asked about the very record that the commit replaces, and throws to refuse. */
  readonly check?: (record: VersionRecord) => void;
  readonly events?: readonly Announcement[];
}

function setAttributes(
  engine: Engine,
  selector: ObjectSelector,
  attributes: Partial<
    Pick<VersionRecord, "tags" | "accessList" | "restoredUntilMs" | "retention" | "legalHold">
  >,
  { check, events = [] }: AttributesChange = {},
): Promise<string> {
  return untilCommitted(async () => {
    const { record, entry } = await requireVersion(engine, selector);
    check?.(record);
    const changed = { ...record, ...attributes };
    const messages = await announcingChange(engine, selector, changed, events);
    await engine.index.commit({
      checks: [{ key: entry.stored.key, revision: entry.stored.revision }],
      puts: [{ key: entry.stored.key, value: encodeChain(changed) }, ...messages],
    });
    return versionIdOf(record);
  });
}

/** S3 tells neither size nor sequence of a change that makes no version, but of a restored one its size and its end. */
async function announcingChange(
  engine: Engine,
  { bucket: name, objectKey }: ObjectSelector,
  record: VersionRecord,
  events: readonly Announcement[],
): Promise<ReturnType<typeof announcing>> {
  if (events.length === 0 || engine.subscriptions === undefined) return [];
  const { bucket } = await readBucket(engine, name);
  const { etag, sizeBytes, storageClass, restoredUntilMs } = record;
  const common = { objectKey, versionId: versionIdOf(record), etag };
  return events.flatMap((event) => {
    const isRestore = event.name.startsWith("ObjectRestore:");
    return announcing(engine, bucket, event, {
      ...common,
      sizeBytes: isRestore ? sizeBytes : null,
      order: isRestore ? record.order : null,
      ...(event.name === "ObjectRestore:Completed" && restoredUntilMs !== undefined
        ? { restored: { untilMs: restoredUntilMs, storageClass } }
        : {}),
    });
  });
}
