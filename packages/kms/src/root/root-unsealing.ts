import type { SecretBytes } from "@strongroom/base";
import type { SlotAccess } from "./external-kms.ts";
import { stretchPassphrase } from "./passphrase-key.ts";
import { type KeyFileRecord, recordBelongsTo } from "./root-record.ts";
import { RootSealError } from "./root-seal-error.ts";
import { askKms, askToken, openSlot, type RootSlot } from "./root-slot.ts";
import { pathOf, readPassphrase, readSlotKeyFile, type SlotOpener } from "./slot-opener.ts";
import { openDeploymentKey, type SlottedRecord } from "./slotted-record.ts";

/** Both keys above all others; the caller wipes them. */
export interface UnsealedRoot {
  readonly rootKey: SecretBytes;
  readonly deploymentKey: SecretBytes;
  /** The slot that opened. */
  readonly slot: string;
}

/**
 * Opens a record of format 2 by the one way that `opener` names; no other is tried. `path` is the record's, for
 * messages. Throws RootSealError (R-6 to R-10).
 */
export async function unsealSlotted(
  record: SlottedRecord,
  opener: SlotOpener,
  access: SlotAccess,
  path: string,
): Promise<UnsealedRoot> {
  const opened = await openBy(record, opener, access, path);
  try {
    return { ...opened, deploymentKey: openDeploymentKey(record, opened.rootKey, path) };
  } catch (error) {
    opened.rootKey.wipe();
    throw error;
  }
}

/** The key of format 1, proved to be the folder's. The caller wipes it. Throws WrongRootKey, RootRecordMalformed. */
export async function unsealKeyFile(
  record: KeyFileRecord,
  opener: SlotOpener,
  access: SlotAccess,
  path: string,
): Promise<SecretBytes> {
  if (opener.method !== "key-file") {
    throw new RootSealError(
      "FormatOld",
      `${path} is of format 1, which a key file alone opens: open it with --root-key-file, and run ` +
        '"strongroom keys upgrade-root" to have slots.',
    );
  }
  const file = await readSlotKeyFile(opener.source, access);
  try {
    if (record.keyId !== file.keyId)
      throw wrongFile(pathOf(opener.source, access), file.keyId, path, record.keyId);
    if (!recordBelongsTo(record, file.rootKey)) {
      throw new RootSealError(
        "RootRecordMalformed",
        `${path} was changed: restore it from a backup of the data folder`,
      );
    }
    return file.rootKey;
  } catch (error) {
    file.rootKey.wipe();
    throw error;
  }
}

async function openBy(
  record: SlottedRecord,
  opener: SlotOpener,
  access: SlotAccess,
  path: string,
): Promise<{ readonly rootKey: SecretBytes; readonly slot: string }> {
  switch (opener.method) {
    case "key-file": {
      const file = await readSlotKeyFile(opener.source, access);
      using secret = file.rootKey;
      const slot = record.slots.find((each) => each.method === "key-file" && each.keyId === file.keyId);
      if (slot === undefined)
        throw wrongFile(pathOf(opener.source, access), file.keyId, path, listSlots(record));
      return opened(slot, await openSlot(slot, secret, record), path);
    }
    case "kms": {
      const slots = record.slots.filter((each) => each.method === "kms");
      const slot = slots.find(({ keyArn }) => keyArn === opener.keyArn);
      if (slot === undefined) throw noSlot(`with the key ${opener.keyArn}`, record, path);
      using secret = await askKms(slot, record.deployment, access);
      return opened(slot, await openSlot(slot, secret, record), path);
    }
    case "pkcs11": {
      const { uri } = opener;
      const slots = record.slots.filter((each) => each.method === "pkcs11");
      const slot = slots.find(({ token, object }) => token === uri.token && object === uri.object);
      if (slot === undefined)
        throw noSlot(`with the key ${uri.object} in the token ${uri.token}`, record, path);
      using secret = await askToken(slot, uri, record.deployment, access);
      return opened(slot, await openSlot(slot, secret, record), path);
    }
    case "passphrase": {
      using passphrase = await readPassphrase(opener.source, access);
      const slots = record.slots.filter((each) => each.method === "passphrase");
      if (slots.length === 0) throw noSlot("with a passphrase", record, path);
      for (const slot of slots) {
        using secret = await stretchPassphrase(passphrase, slot.salt, slot.cost);
        const rootKey = await openSlot(slot, secret, record);
        if (rootKey !== null) return { rootKey, slot: slot.name };
      }
      throw new RootSealError(
        "SlotRefused",
        `the passphrase opens none of the passphrase slots of ${path} (${slots.map(({ name }) => name).join(", ")}): ` +
          "give the right one, or another slot with --unseal-with. Nothing else is tried.",
      );
    }
  }
}

function opened(
  slot: RootSlot,
  rootKey: SecretBytes | null,
  path: string,
): { rootKey: SecretBytes; slot: string } {
  if (rootKey !== null) return { rootKey, slot: slot.name };
  throw new RootSealError(
    "SlotRefused",
    `the slot ${slot.name} of ${path} was changed and does not open: restore ${path} from a backup of the data folder, ` +
      "or open another slot with --unseal-with. Nothing else is tried.",
  );
}

function wrongFile(where: string, found: string, path: string, expected: string): RootSealError {
  return new RootSealError(
    "WrongRootKey",
    `${where} holds key ${found}, and ${path} is sealed under ${expected}: name the right file with --root-key-file, ` +
      "another slot with --unseal-with, or the data folder of this key.",
  );
}

const noSlot = (what: string, record: SlottedRecord, path: string): RootSealError =>
  new RootSealError(
    "SlotUnknown",
    `${path} has no slot ${what}; it has ${listSlots(record)}: name one of them with --unseal-with. Nothing else is tried.`,
  );

const listSlots = ({ slots }: SlottedRecord): string =>
  slots
    .map((slot) => `${slot.name} (${slot.method}${slot.method === "key-file" ? ` ${slot.keyId}` : ""})`)
    .join(", ");
