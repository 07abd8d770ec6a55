import { SecretBytes } from "@strongroom/base";
import { createDurably } from "./durable-file.ts";
import { parseFields, readBase64 } from "./json-fields.ts";
import { readPrivateFile } from "./private-file.ts";
import { deriveRootKeyId } from "./root-derivations.ts";
import { RootSealError } from "./root-seal-error.ts";

/** The key-file slot: the root key in a file of its owner's alone. The caller wipes `rootKey`. */
export interface RootKeyFile {
  readonly keyId: string;
  readonly rootKey: SecretBytes;
}

const FORMAT = "strongroom root key";
const VERSION = 1;
const ROOT_KEY_SIZE_BYTES = 32;
const NOTICE =
  "Everything in the data folder hangs on this key: whoever holds both can read it, and without this file nobody can. Keep a copy elsewhere.";

/** null: there is no such file. Throws KeyFileExposed, KeyFileMalformed or RootUnavailable. */
export async function readRootKeyFile(path: string): Promise<RootKeyFile | null> {
  const content = await readPrivateFile(path, "Strongroom root key file");
  if (content === null) return null;
  try {
    return parseRootKeyFile(content.toString("utf8"), path);
  } finally {
    content.fill(0);
  }
}

/** Makes a key file with a fresh random key unless one exists; false: one exists. Its folder must exist. */
export async function createRootKeyFile(path: string): Promise<boolean> {
  using rootKey = SecretBytes.random(ROOT_KEY_SIZE_BYTES);
  try {
    return await createDurably(path, printRootKeyFile(rootKey));
  } catch (error) {
    throw new RootSealError("RootUnavailable", `the root key file ${path} cannot be created`, error);
  }
}

export function printRootKeyFile(rootKey: SecretBytes): string {
  const fields = {
    format: FORMAT,
    version: VERSION,
    notice: NOTICE,
    keyId: deriveRootKeyId(rootKey),
    key: rootKey.expose().toString("base64"),
  };
  return `${JSON.stringify(fields, null, 2)}\n`;
}

/** The key id follows from the key, so it is the file's checksum too. Throws KeyFileMalformed. */
export function parseRootKeyFile(text: string, path: string): RootKeyFile {
  const fields = parseFields(text);
  if (fields === null || fields["format"] !== FORMAT) {
    throw new RootSealError("KeyFileMalformed", `${path} is not a Strongroom root key file`);
  }
  if (fields["version"] !== VERSION) {
    throw new RootSealError("KeyFileMalformed", `${path} has a version that this program does not know`);
  }
  const bytes = readBase64(fields["key"], ROOT_KEY_SIZE_BYTES);
  const rootKey = bytes === null ? null : new SecretBytes(bytes);
  if (rootKey === null || deriveRootKeyId(rootKey) !== fields["keyId"]) {
    rootKey?.wipe();
    throw new RootSealError(
      "KeyFileMalformed",
      `${path} is damaged: put a copy of the root key file in its place`,
    );
  }
  return { keyId: fields["keyId"], rootKey };
}
