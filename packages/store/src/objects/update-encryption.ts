import { setImmediate as nextTurn } from "node:timers/promises";
import { NO_KEYS } from "../encryption/request-keys.ts";
import { type Wrapping, wrapBodyAnew } from "../encryption/wrap-anew.ts";
import { readWrapFloor } from "../encryption/wrap-floor.ts";
import { type Engine, untilCommitted } from "../engine.ts";
import type { IndexCheck } from "../index/index-port.ts";
import type { StoredVersion } from "../model.ts";
import { readAllParts } from "../multipart/select-parts.ts";
import type { UpdateEncryptionInput } from "../object-store.ts";
import { encodeChain, encodePart, type VersionRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { requireVersion } from "./find-version.ts";
import { requireUnlockedForEncryption } from "./object-lock.ts";
import { toStoredVersion } from "./stored-version.ts";

/** Ten thousand parts take a second of computing: other requests have their turn in between. */
const PARTS_A_TURN = 100;

interface Put {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Wraps a version's data keys for another plan of the same number of layers, in one commit, without touching data:
 * ETag, dates, checksums, metadata and version id stay. Throws InvalidRequest where layers would have to change,
 * ObjectLocked, and what `check` throws.
 */
export async function updateEncryption(engine: Engine, input: UpdateEncryptionInput): Promise<StoredVersion> {
  const keys = input.keys ?? NO_KEYS;
  return untilCommitted(async () => {
    const { record, entry, isLatest } = await requireVersion(engine, input);
    input.check?.(toStoredVersion(input.objectKey, record, isLatest));
    requireUnlockedForEncryption(record, engine.clock.nowMs());
    if (layersOf(record.encryption.scheme) !== layersOf(input.plan.scheme)) {
      throw new StoreError("InvalidRequest", "invalid", "Encryption in two layers takes a copy.");
    }
    const floor = await readWrapFloor(engine);
    await engine.encryptor.reachMasterKey(floor.version);
    using before = await engine.encryptor.resume(record.encryption, keys, input);
    const begun = await engine.encryptor.begin(input.plan, keys, input);
    using after = begun.keyrings;
    const from = { encryption: record.encryption, keyrings: before };
    const to = { encryption: begun.encryption, keyrings: after };
    const parts = await wrapPartsAnew(engine, input, record, from, to);
    const updated = { ...record, encryption: to.encryption, body: await wrapWhole(input, record, from, to) };
    await engine.index.commit({
      checks: [floor.check, { key: entry.stored.key, revision: entry.stored.revision }, ...parts.checks],
      puts: [{ key: entry.stored.key, value: encodeChain(updated) }, ...parts.puts, ...markOf(input)],
    });
    return toStoredVersion(input.objectKey, updated, isLatest);
  });
}

function markOf({ mark }: UpdateEncryptionInput): readonly Put[] {
  return mark === undefined ? [] : [{ key: mark, value: new Uint8Array(0) }];
}

function layersOf(scheme: VersionRecord["encryption"]["scheme"]): number {
  return scheme === "dsse-kms" ? 2 : 1;
}

async function wrapWhole(
  { bucket, objectKey }: UpdateEncryptionInput,
  { body, uid }: VersionRecord,
  from: Wrapping,
  to: Wrapping,
): Promise<VersionRecord["body"]> {
  if ("layout" in body) return body;
  return wrapBodyAnew(body, { bucket, objectKey, uid, partNumber: 0 }, from, to);
}

async function wrapPartsAnew(
  engine: Engine,
  { bucket, objectKey }: UpdateEncryptionInput,
  { body, uid }: VersionRecord,
  from: Wrapping,
  to: Wrapping,
): Promise<{ readonly checks: readonly IndexCheck[]; readonly puts: readonly Put[] }> {
  if (!("layout" in body)) return { checks: [], puts: [] };
  const checks: IndexCheck[] = [];
  const puts: Put[] = [];
  const listed = new Set(
    body.layout.flatMap(([first, count]) => Array.from({ length: count }, (_, at) => first + at)),
  );
  for (const { partNumber, record, stored } of (await readAllParts(engine, uid)).values()) {
    // What an upload left over is on its way out, and opens for nobody.
    if (!listed.has(partNumber)) continue;
    if (puts.length % PARTS_A_TURN === PARTS_A_TURN - 1) await nextTurn();
    const wrapped = await wrapBodyAnew(record.body, { bucket, objectKey, uid, partNumber }, from, to);
    checks.push({ key: stored.key, revision: stored.revision });
    puts.push({ key: stored.key, value: encodePart({ ...record, body: wrapped }) });
  }
  return { checks, puts };
}
