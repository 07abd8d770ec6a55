import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { SecretBytes } from "@strongroom/base";
import { makeFolder, removeStaged, replaceDurably } from "./durable-file.ts";
import type { SlotAccess } from "./external-kms.ts";
import type { PassphraseCost } from "./passphrase-key.ts";
import { deriveRootKeyId } from "./root-derivations.ts";
import { createRootKeyFile } from "./root-key-file.ts";
import { type KeyFileRecord, readRootRecord } from "./root-record.ts";
import { RootSealError } from "./root-seal-error.ts";
import { makeSlot, type RootSlot } from "./root-slot.ts";
import { type UnsealedRoot, unsealKeyFile, unsealSlotted } from "./root-unsealing.ts";
import { pathOf, type SlotOpener } from "./slot-opener.ts";
import { makeSlottedRecord, printSlottedRecord, type SlottedRecord } from "./slotted-record.ts";

/**
 * A record to be changed and what opens it now. Its folder must be locked by the caller. Each change writes one
 * whole record in the place of the other: a crash leaves the folder as before or as after.
 */
export interface RootPlace {
  /** Of `root.json`. */
  readonly path: string;
  readonly opener: SlotOpener;
  readonly access: SlotAccess;
}

export interface NewSlot {
  readonly name: string;
  readonly opener: SlotOpener;
  /** Of a passphrase; null: as the format's default. */
  readonly cost: PassphraseCost | null;
}

const KEY_SIZE_BYTES = 32;
const DEPLOYMENT_SIZE_BYTES = 16;
const SALT_SIZE_BYTES = 32;

/** Format 1 becomes format 2 with one slot; the key of format 1 becomes the deployment key. Throws RootSealError. */
export async function upgradeRoot(place: RootPlace, slot: NewSlot): Promise<SlottedRecord> {
  const record = await requireRecord(place);
  if (record.version === 2)
    throw new RootSealError("FormatNew", `${place.path} has slots already: add one to them`);
  using deploymentKey = await unsealKeyFile(record, place.opener, place.access, place.path);
  return replaceRecord(place.path, await freshRecord(deploymentKey, record.salt, slot, place.access));
}

export async function addSlot(place: RootPlace, slot: NewSlot): Promise<SlottedRecord> {
  return change(place, async (record, { rootKey, deploymentKey }) => ({
    rootKey,
    slots: [
      ...record.slots,
      await newSlot(slot, { binding: record, rootKey, deploymentKey, access: place.access }),
    ],
  }));
}

export async function removeSlot(place: RootPlace, name: string): Promise<SlottedRecord> {
  return change(place, async (record, { rootKey }) => {
    requireNames(record, [name], place.path);
    return { rootKey, slots: record.slots.filter((slot) => slot.name !== name) };
  });
}

/**
 * A new root key in the same slots. Each slot is wrapped anew, so `openers` must give what opens each one but those
 * in `dropped`. Throws SlotUncovered before anything is written.
 */
export async function changeRoot(
  place: RootPlace,
  openers: readonly SlotOpener[],
  dropped: readonly string[],
): Promise<SlottedRecord> {
  return change(place, async (record, { deploymentKey }) => {
    requireNames(record, dropped, place.path);
    const kept = record.slots.filter((slot) => !dropped.includes(slot.name));
    const found = new Map<string, SlotOpener>();
    for (const opener of [place.opener, ...openers]) {
      const unsealed = await unsealSlotted(record, opener, place.access, place.path);
      unsealed.rootKey.wipe();
      unsealed.deploymentKey.wipe();
      found.set(unsealed.slot, opener);
    }
    const rootKey = SecretBytes.random(KEY_SIZE_BYTES);
    const binding = { deployment: record.deployment, keyId: deriveRootKeyId(rootKey) };
    const slots: RootSlot[] = [];
    for (const slot of kept) {
      const opener = found.get(slot.name);
      if (opener === undefined) {
        throw new RootSealError(
          "SlotUncovered",
          `the slot ${slot.name} (${slot.method}) would not open the new root key: say what opens it with --with, or --drop ${slot.name}`,
        );
      }
      const cost = slot.method === "passphrase" ? slot.cost : null;
      slots.push(
        await makeSlot({
          name: slot.name,
          opener,
          cost,
          binding,
          rootKey,
          deploymentKey,
          access: place.access,
        }),
      );
    }
    return { rootKey, slots };
  });
}

/** The slots, as they stand in the file: proved only when the folder is opened. Throws FormatOld for format 1. */
export async function readSlots(path: string): Promise<SlottedRecord> {
  return requireSlotted(await requireRecord({ path }), path);
}

/** The text of a first record for an empty folder. */
export async function firstSlottedRecord(opener: SlotOpener, access: SlotAccess): Promise<string> {
  using deploymentKey = SecretBytes.random(KEY_SIZE_BYTES);
  const slot = { name: "first", opener, cost: null };
  return printSlottedRecord(await freshRecord(deploymentKey, randomBytes(SALT_SIZE_BYTES), slot, access));
}

/** A record of one slot over a deployment key that exists. */
export async function freshRecord(
  deploymentKey: SecretBytes,
  salt: Buffer,
  slot: NewSlot,
  access: SlotAccess,
  deployment = randomBytes(DEPLOYMENT_SIZE_BYTES).toString("hex"),
): Promise<SlottedRecord> {
  using rootKey = SecretBytes.random(KEY_SIZE_BYTES);
  const binding = { deployment, keyId: deriveRootKeyId(rootKey) };
  const slots = [await newSlot(slot, { binding, rootKey, deploymentKey, access })];
  return makeSlottedRecord({ deployment, generation: 1, salt, rootKey, deploymentKey, slots });
}

/** Durable before it returns; also clears what an earlier change left staged. Throws RootUnavailable. */
export async function replaceRecord(path: string, record: SlottedRecord): Promise<SlottedRecord> {
  try {
    await replaceDurably(path, printSlottedRecord(record));
    await removeStaged(path);
  } catch (error) {
    throw new RootSealError("RootUnavailable", `${path} cannot be written; it is as it was`, error);
  }
  return record;
}

async function change(
  place: RootPlace,
  make: (
    record: SlottedRecord,
    unsealed: UnsealedRoot,
  ) => Promise<{ readonly rootKey: SecretBytes; readonly slots: readonly RootSlot[] }>,
): Promise<SlottedRecord> {
  const record = requireSlotted(await requireRecord(place), place.path);
  const unsealed = await unsealSlotted(record, place.opener, place.access, place.path);
  using _old = unsealed.rootKey;
  using deploymentKey = unsealed.deploymentKey;
  const { deployment, salt, generation } = record;
  const { rootKey, slots } = await make(record, unsealed);
  using _new = rootKey;
  const next = { deployment, generation: generation + 1, salt, rootKey, deploymentKey, slots };
  return replaceRecord(place.path, makeSlottedRecord(next));
}

/** A key file that is not there yet is made first, and durable, before a record can name it. */
async function newSlot(
  slot: NewSlot,
  rest: Pick<Parameters<typeof makeSlot>[0], "binding" | "rootKey" | "deploymentKey" | "access">,
): Promise<RootSlot> {
  const { opener } = slot;
  if (opener.method === "key-file" && opener.source.kind === "file") {
    const path = pathOf(opener.source, rest.access);
    await makeFolder(dirname(path));
    await createRootKeyFile(path);
  }
  return makeSlot({ ...slot, ...rest });
}

async function requireRecord({ path }: Pick<RootPlace, "path">): Promise<KeyFileRecord | SlottedRecord> {
  const record = await readRootRecord(path);
  if (record !== null) return record;
  throw new RootSealError(
    "RootRecordMissing",
    `${path} does not exist: name the data folder with --data-dir`,
  );
}

function requireSlotted(record: KeyFileRecord | SlottedRecord, path: string): SlottedRecord {
  if (record.version === 2) return record;
  throw new RootSealError(
    "FormatOld",
    `${path} is of format 1, which has no slots: run "strongroom keys upgrade-root" first`,
  );
}

function requireNames(record: SlottedRecord, names: readonly string[], path: string): void {
  for (const name of names) {
    if (record.slots.some((slot) => slot.name === name)) continue;
    const known = record.slots.map((slot) => slot.name).join(", ");
    throw new RootSealError("SlotUnknown", `${path} has no slot ${name}; it has ${known}`);
  }
}
