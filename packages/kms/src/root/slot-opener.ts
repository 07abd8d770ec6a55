import { join } from "node:path";
import { SecretBytes } from "@strongroom/base";
import { PKCS11_URI_FORM, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from "@strongroom/pkcs11";
import type { SlotAccess } from "./external-kms.ts";
import { readPrivateFile } from "./private-file.ts";
import { readRootKeyFile } from "./root-key-file.ts";
import { RootSealError } from "./root-seal-error.ts";

/** How a slot is opened, as an operator writes it; holds no secret. */
export type SlotOpener =
  | { readonly method: "key-file"; readonly source: SecretSource }
  | { readonly method: "passphrase"; readonly source: SecretSource }
  | { readonly method: "kms"; readonly keyArn: string }
  | { readonly method: "pkcs11"; readonly uri: TokenKeyUri };

/** A URI that names a key and where the token's PIN is. */
export type TokenKeyUri = Pkcs11Uri & {
  readonly object: string;
  readonly pinSource: NonNullable<Pkcs11Uri["pinSource"]>;
};

export type SecretSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "env"; readonly name: string }
  | { readonly kind: "credential"; readonly name: string };

const KEY_ARN = /^arn:aws[a-z-]*:kms:[a-z0-9-]{1,32}:\d{12}:key\/[A-Za-z0-9-]{1,128}$/;
const NAME = /^[A-Za-z0-9_.-]{1,128}$/;
export const OPENER_FORMS =
  "key-file:FILE, key-file:credential:NAME, passphrase:file:FILE, passphrase:env:NAME, passphrase:credential:NAME, kms:KEY-ARN or " +
  PKCS11_URI_FORM;

/** Parses `METHOD:SOURCE`. Throws a RangeError that says what is expected. */
export function parseSlotOpener(text: string): SlotOpener {
  if (text.startsWith("pkcs11:")) return { method: "pkcs11", uri: parseTokenKeyUri(text) };
  const at = text.indexOf(":");
  const [method, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (method === "kms" && isKeyArn(rest)) return { method, keyArn: rest };
  const source = parseSource(rest);
  if (method === "key-file") {
    // A key file is a file wherever it lies; a path needs no word before it.
    if (source?.kind === "env") throw new RangeError(`expected ${OPENER_FORMS}`);
    if (source !== null) return { method, source };
    if (rest !== "" && !rest.includes("\0")) return { method, source: { kind: "file", path: rest } };
  }
  if (method === "passphrase" && source !== null) return { method, source };
  throw new RangeError(`expected ${OPENER_FORMS}`);
}

/** What `parseSlotOpener` reads back. */
export function printSlotOpener(opener: SlotOpener): string {
  if (opener.method === "kms") return `kms:${opener.keyArn}`;
  if (opener.method === "pkcs11") return printPkcs11Uri(opener.uri);
  const { source } = opener;
  return `${opener.method}:${source.kind}:${source.kind === "file" ? source.path : source.name}`;
}

export const isKeyArn = (text: string): boolean => KEY_ARN.test(text);

function parseTokenKeyUri(text: string): TokenKeyUri {
  const { object, pinSource, ...uri } = parsePkcs11Uri(text);
  if (object === null) throw new RangeError(`expected ${PKCS11_URI_FORM}: the key's label is missing`);
  if (pinSource === null) throw new RangeError(`expected ${PKCS11_URI_FORM}: pin-source is missing`);
  return { ...uri, object, pinSource };
}

/** Reads the PIN of a token. The caller wipes it. Throws RootSealError. */
export function readPin({ pinSource }: TokenKeyUri, access: SlotAccess): Promise<SecretBytes> {
  const { kind, name } = pinSource;
  return readText(kind === "file" ? { kind, path: name } : { kind, name }, access, "PIN");
}

/** Where a key file lies. Throws SecretUnusable for a credential when systemd handed none over. */
export function pathOf(source: SecretSource, access: SlotAccess): string {
  if (source.kind === "file") return source.path;
  const folder = access.variable("CREDENTIALS_DIRECTORY");
  if (source.kind === "env" || !folder) {
    throw new RootSealError(
      "SecretUnusable",
      `there are no systemd credentials here: start with LoadCredential=${source.name} or LoadCredentialEncrypted=, or name a file`,
    );
  }
  return join(folder, source.name);
}

/** Reads a passphrase; one line end at its end does not count. The caller wipes it. Throws RootSealError. */
export function readPassphrase(source: SecretSource, access: SlotAccess): Promise<SecretBytes> {
  return readText(source, access, "passphrase");
}

async function readText(source: SecretSource, access: SlotAccess, what: string): Promise<SecretBytes> {
  if (source.kind === "env") {
    const value = access.variable(source.name);
    if (!value) throw new RootSealError("SecretUnusable", `the variable ${source.name} has no ${what}`);
    return new SecretBytes(Buffer.from(value, "utf8"));
  }
  const path = pathOf(source, access);
  const content = await readPrivateFile(path, `${what} file`);
  if (content === null) {
    throw new RootSealError(
      "SecretUnusable",
      `${path} does not exist: put the ${what} there, or name another`,
    );
  }
  const length =
    content.at(-1) === 0x0a ? content.length - (content.at(-2) === 0x0d ? 2 : 1) : content.length;
  return new SecretBytes(content.subarray(0, length));
}

/** Reads a slot's key file. The caller wipes the key. Throws KeyFileMissing and what `readRootKeyFile` throws. */
export async function readSlotKeyFile(
  source: SecretSource,
  access: SlotAccess,
): Promise<{ readonly keyId: string; readonly rootKey: SecretBytes }> {
  const path = pathOf(source, access);
  const file = await readRootKeyFile(path);
  if (file !== null) return file;
  throw new RootSealError(
    "KeyFileMissing",
    `${path} does not exist: put the key file back, or say how to open the folder with --unseal-with. ` +
      "Nothing else is tried.",
  );
}

function parseSource(text: string): SecretSource | null {
  const at = text.indexOf(":");
  const [kind, rest] = [text.slice(0, at), text.slice(at + 1)];
  if (kind === "file" && rest !== "" && !rest.includes("\0")) return { kind, path: rest };
  if ((kind === "env" || kind === "credential") && NAME.test(rest) && !/^\.+$/.test(rest))
    return { kind, name: rest };
  return null;
}
