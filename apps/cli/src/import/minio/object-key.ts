import { createHmac, createSecretKey, type KeyObject } from "node:crypto";
import { damaged, ImportError, unsupported } from "../import-error.ts";
import { openDareBytes } from "./dare.ts";
import { printKmsContext } from "./kms-context.ts";
import { decryptWithStaticKey, type StaticKmsKey } from "./static-kms-key.ts";

/** The keys that an import may use. */
export interface MinioKeys {
  readonly kms: readonly StaticKmsKey[];
  /** For SSE-C: MinIO keeps nothing that tells which one an object needs, so each is tried. */
  readonly customerKeys: readonly KeyObject[];
}

export type MinioScheme = "none" | "sse-s3" | "sse-kms" | "sse-c";

const PREFIX = "x-minio-internal-server-side-encryption-";
const SEAL_ALGORITHM = "DAREv2-HMAC-SHA256";
const SEALED_KEY_ENTRIES = {
  "sse-s3": `${PREFIX}s3-sealed-key`,
  "sse-kms": `${PREFIX}kms-sealed-key`,
  "sse-c": `${PREFIX}sealed-key`,
} as const;
const DOMAINS = { "sse-s3": "SSE-S3", "sse-kms": "SSE-KMS", "sse-c": "SSE-C" } as const;
const OBJECT_KEY_BYTES = 32;

export function schemeOf(system: ReadonlyMap<string, Buffer>): MinioScheme {
  if (system.has(SEALED_KEY_ENTRIES["sse-s3"])) return "sse-s3";
  if (system.has(SEALED_KEY_ENTRIES["sse-kms"])) return "sse-kms";
  if (system.has(SEALED_KEY_ENTRIES["sse-c"])) return "sse-c";
  if ([...system.keys()].some((name) => name.startsWith(PREFIX)))
    throw unsupported("an object with encryption entries but no sealed key");
  return "none";
}

/**
 * The object's own key (docs/format/minio-folder.md §5), or null when it is not encrypted. Throws ImportError: "KeyNeeded" when the
 * key for it was not given, "Damaged" when the given one does not open what is sealed.
 */
export function unsealObjectKey(
  system: ReadonlyMap<string, Buffer>,
  place: { readonly bucket: string; readonly objectKey: string },
  keys: MinioKeys,
): KeyObject | null {
  const scheme = schemeOf(system);
  if (scheme === "none") return null;
  const algorithm = system.get(`${PREFIX}seal-algorithm`)?.toString("latin1");
  if (algorithm !== SEAL_ALGORITHM) throw unsupported(`keys sealed with ${algorithm ?? "nothing"}`);
  const path = `${place.bucket}/${place.objectKey}`.replace(/\/+$/, "");
  const sealed = base64Entry(system, SEALED_KEY_ENTRIES[scheme]);
  const iv = base64Entry(system, `${PREFIX}iv`);
  const open = (outer: KeyObject): KeyObject => {
    const sealing = createHmac("sha256", outer)
      .update(iv)
      .update(DOMAINS[scheme])
      .update(SEAL_ALGORITHM)
      .update(path)
      .digest();
    return importKey(openDareBytes(sealed, importKey(sealing)));
  };
  return scheme === "sse-c"
    ? openWithCustomerKey(keys.customerKeys, open)
    : open(decryptKmsKey(system, path, place.bucket, keys.kms));
}

function openWithCustomerKey(
  customerKeys: readonly KeyObject[],
  open: (outer: KeyObject) => KeyObject,
): KeyObject {
  for (const customerKey of customerKeys) {
    try {
      return open(customerKey);
    } catch (error) {
      if (!(error instanceof ImportError) || error.code !== "Damaged") throw error;
    }
  }
  throw new ImportError(
    "KeyNeeded",
    "denied",
    customerKeys.length === 0
      ? "the object is under a customer's key (SSE-C), and none was given"
      : "no given customer's key opens the object's key: it is under another one, or damaged",
    { next: "give the key with --from-customer-key FILE" },
  );
}

function decryptKmsKey(
  system: ReadonlyMap<string, Buffer>,
  path: string,
  bucket: string,
  keys: readonly StaticKmsKey[],
): KeyObject {
  const name = system.get(`${PREFIX}s3-kms-key-id`)?.toString("utf8") ?? "";
  const kms = keys.find((key) => key.name === name);
  if (kms === undefined)
    throw new ImportError(
      "KeyNeeded",
      "denied",
      `the object is under the KMS key ${name}, which was not given`,
      {
        next: "give it with --minio-kms-key NAME:BASE64 or --minio-kms-key-file FILE",
      },
    );
  const wrapped = base64Entry(system, `${PREFIX}s3-kms-sealed-key`);
  const stored = system.has(`${PREFIX}context`) ? base64Entry(system, `${PREFIX}context`) : null;
  return decryptWithStaticKey(kms, wrapped, printKmsContext(stored, bucket, path));
}

/** Each part of a multipart object has a key of its own. */
export function partKey(objectKey: KeyObject, partNumber: number): KeyObject {
  const number = Buffer.alloc(4);
  number.writeUInt32LE(partNumber);
  return importKey(createHmac("sha256", objectKey).update(number).digest());
}

/** What is kept beside an object, such as its ETag, is sealed under keys of its own. */
export function entryKey(objectKey: KeyObject, label: string): KeyObject {
  return importKey(createHmac("sha256", objectKey).update(label).digest());
}

function importKey(bytes: Buffer): KeyObject {
  if (bytes.length !== OBJECT_KEY_BYTES) throw damaged("an object's key is not of 32 bytes");
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}

function base64Entry(system: ReadonlyMap<string, Buffer>, name: string): Buffer {
  const text = system.get(name)?.toString("latin1") ?? "";
  if (text === "" || !/^[A-Za-z0-9+/]+=*$/.test(text))
    throw damaged(`the entry ${name} is missing or no base64`);
  return Buffer.from(text, "base64");
}
