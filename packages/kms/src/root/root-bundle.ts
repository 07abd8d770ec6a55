import { randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes } from "@strongroom/base";
import { createDurably } from "./durable-file.ts";
import type { SlotAccess } from "./external-kms.ts";
import { parseFields, readBase64 } from "./json-fields.ts";
import { DEFAULT_COST, type PassphraseCost, readCost, stretchPassphrase } from "./passphrase-key.ts";
import { freshRecord, type NewSlot, type RootPlace, replaceRecord } from "./root-changes.ts";
import { deriveRootKeys, deriveSealKey, type RootKeys } from "./root-derivations.ts";
import { readRootRecord } from "./root-record.ts";
import { RootSealError } from "./root-seal-error.ts";
import { unsealKeyFile, unsealSlotted } from "./root-unsealing.ts";
import { openSecret, SEAL_OVERHEAD_BYTES, sealSecret } from "./sealed-secret.ts";
import { printSlottedRecord, type SlottedRecord } from "./slotted-record.ts";

/** A sealed bundle as read, not opened yet (docs/format/root-seal.md §6). */
export interface RootBundle {
  readonly created: string;
  readonly deployment: string;
  readonly salt: Buffer;
  readonly cost: PassphraseCost;
  readonly sealed: Buffer;
}

const FORMAT = "strongroom root backup";
const VERSION = 1;
const SALT_SIZE_BYTES = 32;
const KEY_SIZE_BYTES = 32;
const SEALED_SIZE_BYTES = KEY_SIZE_BYTES + SALT_SIZE_BYTES + SEAL_OVERHEAD_BYTES;
export const MAX_BUNDLE_SIZE_BYTES = 65_536;
const NO_SALT = Buffer.alloc(0);
const MEMBERS = [
  "format",
  "version",
  "created",
  "deployment",
  "salt",
  "memoryKiB",
  "passes",
  "lanes",
  "sealed",
];

/** The text of a bundle with what opens the data now, under `passphrase`. Throws RootSealError. */
export async function makeBundle(
  place: RootPlace,
  passphrase: SecretBytes,
  created: Date,
  cost = DEFAULT_COST,
): Promise<string> {
  const record = await readRootRecord(place.path);
  if (record === null) {
    throw new RootSealError(
      "RootRecordMissing",
      `${place.path} does not exist: name the data folder with --data-dir`,
    );
  }
  using deploymentKey = await openDeployment(place, record);
  using secret = new SecretBytes(Buffer.concat([deploymentKey.expose(), record.salt]));
  const facts = {
    created: created.toISOString(),
    deployment: deploymentOf(record),
    salt: randomBytes(SALT_SIZE_BYTES),
    cost,
  };
  using stretched = await stretchPassphrase(passphrase, facts.salt, facts.cost);
  const sealed = sealSecret(deriveSealKey(stretched, NO_SALT, "backup key"), bundleAad(facts), secret);
  return printBundle({ ...facts, sealed });
}

/** Throws BundleMalformed. */
export function parseBundle(text: string): RootBundle {
  const fields = text.length > MAX_BUNDLE_SIZE_BYTES ? null : parseFields(text);
  const { format, version, created, deployment } = fields ?? {};
  const salt = readBase64(fields?.["salt"], SALT_SIZE_BYTES);
  const sealed = readBase64(fields?.["sealed"], SEALED_SIZE_BYTES);
  const cost = readCost(fields ?? {});
  if (
    fields === null ||
    format !== FORMAT ||
    version !== VERSION ||
    typeof created !== "string" ||
    created.length > 40 ||
    typeof deployment !== "string" ||
    !/^[0-9a-f]{32}$/.test(deployment) ||
    salt === null ||
    sealed === null ||
    cost === null ||
    !Object.keys(fields).every((member) => MEMBERS.includes(member))
  ) {
    throw new RootSealError(
      "BundleMalformed",
      "this is not a backup of root keys, or it is damaged: use another copy of it",
    );
  }
  return { created, deployment, salt, cost, sealed };
}

/**
 * Makes `root.json` from a bundle, with one new slot. An existing one, which must be of the same deployment, is
 * replaced only if `isReplacing`. `prove` gets the keys before anything is written and throws when they do not open
 * what is there. Throws RootSealError.
 */
export async function restoreBundle(options: {
  readonly path: string;
  readonly bundle: RootBundle;
  readonly passphrase: SecretBytes;
  readonly slot: NewSlot;
  readonly access: SlotAccess;
  readonly isReplacing: boolean;
  readonly prove: (keys: RootKeys) => Promise<void>;
}): Promise<SlottedRecord> {
  const { path, bundle, isReplacing } = options;
  const existing = isReplacing ? await readForReplacing(path) : null;
  using secret = await openBundle(bundle, options.passphrase);
  using deploymentKey = new SecretBytes(Buffer.from(secret.expose().subarray(0, KEY_SIZE_BYTES)));
  const salt = Buffer.from(secret.expose().subarray(KEY_SIZE_BYTES));
  if (existing !== null && !existing.salt.equals(salt)) {
    throw new RootSealError(
      "BundleRefused",
      `${path} is of another deployment than the backup: name the right folder or backup`,
    );
  }
  const keys = deriveRootKeys(deploymentKey, salt);
  try {
    await options.prove(keys);
  } finally {
    for (const key of Object.values(keys)) key.wipe();
  }
  const record = await freshRecord(deploymentKey, salt, options.slot, options.access, bundle.deployment);
  if (isReplacing) return replaceRecord(path, record);
  if (await createDurably(path, printSlottedRecord(record))) return record;
  throw new RootSealError(
    "RecordExists",
    `${path} exists: give --replace to put the backup's keys and the one new slot in its place`,
  );
}

async function openBundle(bundle: RootBundle, passphrase: SecretBytes): Promise<SecretBytes> {
  using stretched = await stretchPassphrase(passphrase, bundle.salt, bundle.cost);
  const secret = openSecret(
    deriveSealKey(stretched, NO_SALT, "backup key"),
    bundleAad(bundle),
    bundle.sealed,
  );
  if (secret !== null) return secret;
  throw new RootSealError(
    "BundleRefused",
    "the backup does not open: its passphrase is another one, or it was changed",
  );
}

/** A damaged record may be replaced: that is what a backup is for. */
async function readForReplacing(path: string): Promise<{ readonly salt: Buffer } | null> {
  try {
    return await readRootRecord(path);
  } catch (error) {
    if (error instanceof RootSealError && error.code === "RootRecordMalformed") return null;
    throw error;
  }
}

async function openDeployment(
  { opener, access, path }: RootPlace,
  record: NonNullable<Awaited<ReturnType<typeof readRootRecord>>>,
): Promise<SecretBytes> {
  if (record.version === 1) return unsealKeyFile(record, opener, access, path);
  const { rootKey, deploymentKey } = await unsealSlotted(record, opener, access, path);
  rootKey.wipe();
  return deploymentKey;
}

const deploymentOf = (record: NonNullable<Awaited<ReturnType<typeof readRootRecord>>>): string =>
  record.version === 2 ? record.deployment : record.salt.toString("hex").slice(0, 32);

function printBundle({ created, deployment, salt, cost, sealed }: RootBundle): string {
  const fields = {
    format: FORMAT,
    version: VERSION,
    created,
    deployment,
    salt: salt.toString("base64"),
    ...cost,
    sealed: sealed.toString("base64"),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

function bundleAad({ created, deployment, salt, cost }: Omit<RootBundle, "sealed">): Buffer {
  const { memoryKiB, passes, lanes } = cost;
  return encodeSequence([
    FORMAT,
    String(VERSION),
    created,
    deployment,
    salt,
    String(memoryKiB),
    String(passes),
    String(lanes),
  ]);
}
