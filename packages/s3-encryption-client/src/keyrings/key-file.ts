// Keys as they lie in files: PEM, JWK, DER, raw bytes, and text of raw bytes.
import { type Bytes, utf8 } from "../bytes.ts";
import { ConfigurationError } from "../errors.ts";
import { decodeBase64 } from "../format/base64.ts";
import { AesKeyring, type AesKeyringOptions } from "./aes-keyring.ts";
import { pkcs8OfPkcs1 } from "./der.ts";
import { isAesKeySize } from "./keyring.ts";
import { RsaKeyring } from "./rsa-keyring.ts";

/** A key that was in a file. A private RSA key brings its public half. */
export type KeyFile =
  | { readonly kind: "aes"; readonly key: Bytes }
  | { readonly kind: "rsa-private"; readonly privateKey: Bytes; readonly publicKey: Bytes }
  | { readonly kind: "rsa-public"; readonly publicKey: Bytes };

const OAEP = { name: "RSA-OAEP", hash: "SHA-1" } as const;
const MAX_FILE_BYTES = 64 * 1024;
const PEM = /-----BEGIN ([A-Z0-9 ]{1,40})-----([\s\S]*?)-----END \1-----/;
const HEX = /^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64})$/i;

/**
 * AES: 16, 24 or 32 bytes as they are, in hex, in base64, or as a JWK (`oct`). RSA: PEM or DER of PKCS#8, PKCS#1 or SPKI, or
 * a JWK. Throws ConfigurationError, which quotes nothing of the file.
 */
export async function parseKeyFile(content: Uint8Array | string): Promise<KeyFile> {
  const bytes = typeof content === "string" ? utf8(content) : new Uint8Array(content);
  if (bytes.length > MAX_FILE_BYTES) throw new ConfigurationError("The key file is too long to hold one key");
  if (typeof content !== "string" && isAesKeySize(bytes.length)) return { kind: "aes", key: bytes };
  const text = new TextDecoder("latin1").decode(bytes).trim();
  if (text.startsWith("{")) return parseJwk(text);
  const [, label, base64] = PEM.exec(text) ?? [];
  if (label !== undefined) return parsePem(label, base64 ?? "");
  const raw = HEX.test(text) ? decodeHex(text) : decodeBase64(text);
  if (raw !== null && isAesKeySize(raw.length)) return { kind: "aes", key: raw };
  return parseDer(raw ?? bytes);
}

/** The keyring for a key file: AES or RSA. */
export async function keyringOfKeyFile(
  content: Uint8Array | string,
  options: Pick<AesKeyringOptions, "materialsDescription" | "enableLegacyWrappingAlgorithms"> = {},
): Promise<AesKeyring | RsaKeyring> {
  const { kind, ...keys } = await parseKeyFile(content);
  return "key" in keys
    ? new AesKeyring({ ...options, key: keys.key })
    : new RsaKeyring({ ...options, ...keys });
}

function parsePem(label: string, base64: string): Promise<KeyFile> {
  if (label.includes("ENCRYPTED") || base64.includes("ENCRYPTED"))
    throw new ConfigurationError("The key file is encrypted: decrypt it first");
  const der = decodeBase64(base64.replace(/\s/g, ""));
  if (der === null) throw new ConfigurationError("The key file's PEM does not decode");
  return parseDer(der);
}

async function parseDer(der: Bytes): Promise<KeyFile> {
  const privateKey = (await tryImport("pkcs8", der)) ?? (await tryImport("pkcs8", pkcs8OfPkcs1(der)));
  if (privateKey !== null) return describePrivate(privateKey);
  const publicKey = await tryImport("spki", der);
  if (publicKey === null)
    throw new ConfigurationError("The key file has no AES key and no RSA key in a known format");
  return { kind: "rsa-public", publicKey: await exportKey("spki", publicKey) };
}

async function parseJwk(text: string): Promise<KeyFile> {
  const jwk = parseJson(text);
  const { kty, k, n, e, d, p, q, dp, dq, qi } = jwk;
  if (kty === "oct" && k !== undefined) {
    const padded = k
      .replaceAll("-", "+")
      .replaceAll("_", "/")
      .padEnd(Math.ceil(k.length / 4) * 4, "=");
    const key = decodeBase64(padded);
    if (key !== null && isAesKeySize(key.length)) return { kind: "aes", key };
  }
  if (kty === "RSA" && n !== undefined && e !== undefined) {
    // `alg`, `use` and `key_ops` are left out: keys of S3 encryption clients are named for many algorithms.
    const half = d === undefined ? { kty, n, e } : omitUndefined({ kty, n, e, d, p, q, dp, dq, qi });
    const imported = await crypto.subtle
      .importKey("jwk", half, OAEP, true, [d === undefined ? "encrypt" : "decrypt"])
      .catch(() => null);
    if (imported !== null && d !== undefined) return describePrivate(imported);
    if (imported !== null) return { kind: "rsa-public", publicKey: await exportKey("spki", imported) };
  }
  throw new ConfigurationError("The key file's JWK is no AES key and no RSA key");
}

async function describePrivate(key: CryptoKey): Promise<KeyFile> {
  const { kty, n, e } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = await crypto.subtle.importKey("jwk", omitUndefined({ kty, n, e }), OAEP, true, [
    "encrypt",
  ]);
  return {
    kind: "rsa-private",
    privateKey: await exportKey("pkcs8", key),
    publicKey: await exportKey("spki", publicKey),
  };
}

async function tryImport(format: "pkcs8" | "spki", der: Bytes): Promise<CryptoKey | null> {
  return crypto.subtle
    .importKey(format, der, OAEP, true, [format === "spki" ? "encrypt" : "decrypt"])
    .catch(() => null);
}

async function exportKey(format: "pkcs8" | "spki", key: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey(format, key));
}

function parseJson(text: string): Readonly<Record<string, string | undefined>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new ConfigurationError("The key file is no JWK: it is not JSON");
  }
  const fields: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(parsed as object))
    if (typeof value === "string") fields[name] = value;
  return fields;
}

function omitUndefined(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
}

function decodeHex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
}
