import { randomBytes } from "node:crypto";
import { encodeSequence, SecretBytes, ServiceError } from "@strongroom/base";
import type { SlotAccess, SlotToken } from "./external-kms.ts";
import { readBase64 } from "./json-fields.ts";
import { DEFAULT_COST, type PassphraseCost, readCost, stretchPassphrase } from "./passphrase-key.ts";
import { deriveSealKey } from "./root-derivations.ts";
import { RootSealError } from "./root-seal-error.ts";
import { openSecret, SEAL_OVERHEAD_BYTES, sealSecret } from "./sealed-secret.ts";
import {
  isKeyArn,
  readPassphrase,
  readPin,
  readSlotKeyFile,
  type SlotOpener,
  type TokenKeyUri,
} from "./slot-opener.ts";

/** One way to open the root key (docs/format/root-seal.md §2, §3). */
export type RootSlot = {
  readonly name: string;
  readonly salt: Buffer;
  readonly wrapped: Buffer;
} & SlotMethod;

export type SlotMethod =
  | { readonly method: "key-file"; readonly keyId: string }
  | { readonly method: "passphrase"; readonly cost: PassphraseCost }
  | { readonly method: "kms"; readonly keyArn: string; readonly sealedSecret: Buffer }
  /** Labels of a token and of a key in it. */
  | {
      readonly method: "pkcs11";
      readonly token: string;
      readonly object: string;
      readonly sealedSecret: Buffer;
    };

/** What a slot's wrapping is bound to besides its own facts. */
export interface SlotBinding {
  readonly deployment: string;
  /** Of the root key inside. */
  readonly keyId: string;
}

const KEY_SIZE_BYTES = 32;
const SALT_SIZE_BYTES = 32;
export const SEALED_KEY_SIZE_BYTES = KEY_SIZE_BYTES + SEAL_OVERHEAD_BYTES;
const MAX_SEALED_SECRET_BYTES = 6144;
const MAX_TOKEN_LABEL_BYTES = 32;
const MAX_KEY_LABEL_BYTES = 64;
const SLOT_NAME = /^[a-z0-9-]{1,32}$/;
const KEY_ID = /^[0-9a-f]{32}$/;

export const isSlotName = (name: string): boolean => SLOT_NAME.test(name);

/** Wraps the root key in a new slot, which `opener` will open. Throws RootSealError. */
export async function makeSlot(options: {
  readonly name: string;
  readonly opener: SlotOpener;
  readonly cost: PassphraseCost | null;
  readonly binding: SlotBinding;
  readonly rootKey: SecretBytes;
  readonly access: SlotAccess;
  /** the key that no slot may have. */
  readonly deploymentKey: SecretBytes;
}): Promise<RootSlot> {
  const { name, binding, rootKey } = options;
  if (!isSlotName(name))
    throw new RootSealError("SlotTaken", `a slot's name has 1 to 32 of a-z, 0-9 and hyphens: choose another`);
  const salt = randomBytes(SALT_SIZE_BYTES);
  const { method, secret } = await newSecret(options, salt);
  try {
    const facts = { name, salt, ...method };
    if (secret.expose().equals(options.deploymentKey.expose())) {
      throw new RootSealError(
        "SecretUnusable",
        "this key file is the folder's key of format 1, which opens everything without a slot: name a new file, which is then made",
      );
    }
    return { ...facts, wrapped: sealSecret(slotKey(secret, facts), wrappingAad(facts, binding), rootKey) };
  } finally {
    secret.wipe();
  }
}

/** Opens a slot by its own method. The caller wipes the key. Throws SlotRefused, KeyServiceRefused and others. */
export async function openSlot(
  slot: RootSlot,
  secret: SecretBytes,
  binding: SlotBinding,
): Promise<SecretBytes | null> {
  return openSecret(slotKey(secret, slot), wrappingAad(slot, binding), slot.wrapped);
}

/** The 32 bytes that a KMS slot's secret is. Throws KeyServiceRefused. */
export async function askKms(
  slot: Extract<RootSlot, { method: "kms" }>,
  deployment: string,
  access: SlotAccess,
): Promise<SecretBytes> {
  const { keyArn, sealedSecret: bytes } = slot;
  const answer = await spoken(keyArn, async () =>
    (await access.kms()).decrypt({ keyArn, bytes, context: contextOf(deployment, slot.name) }),
  );
  if (answer.length === KEY_SIZE_BYTES) return new SecretBytes(answer);
  answer.fill(0);
  throw new RootSealError(
    "KeyServiceRefused",
    `the key service answered with something that is no key, for ${keyArn}`,
  );
}

/** The 32 bytes that the secret of a token's slot is. Throws TokenRefused. */
export async function askToken(
  slot: Extract<RootSlot, { method: "pkcs11" }>,
  uri: TokenKeyUri,
  deployment: string,
  access: SlotAccess,
): Promise<SecretBytes> {
  const answer = await withToken(uri, access, (token) =>
    token.unseal(slot.object, slot.sealedSecret, tokenAad(deployment, slot.name)),
  );
  if (answer.sizeBytes === KEY_SIZE_BYTES) return answer;
  answer.wipe();
  throw new RootSealError("TokenRefused", `the token ${slot.token} answered with something that is no key`);
}

/** A slot as one unambiguous row of bytes, without the wrapping. */
export function slotFacts(slot: Omit<RootSlot, "wrapped"> & SlotMethod): Buffer {
  return encodeSequence([slot.name, slot.method, slot.salt, ...parametersOf(slot)]);
}

export function printSlot(slot: RootSlot): Readonly<Record<string, unknown>> {
  const { name, method } = slot;
  const ends = { salt: slot.salt.toString("base64"), wrapped: slot.wrapped.toString("base64") };
  switch (method) {
    case "key-file":
      return { name, method, keyId: slot.keyId, ...ends };
    case "passphrase":
      return { name, method, ...slot.cost, ...ends };
    case "kms":
      return {
        name,
        method,
        keyArn: slot.keyArn,
        sealedSecret: slot.sealedSecret.toString("base64"),
        ...ends,
      };
    case "pkcs11":
      return {
        name,
        method,
        token: slot.token,
        object: slot.object,
        sealedSecret: slot.sealedSecret.toString("base64"),
        ...ends,
      };
  }
}

/** null: not a slot. */
export function parseSlot(value: unknown): RootSlot | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  const { name } = fields;
  const salt = readBase64(fields["salt"], SALT_SIZE_BYTES);
  const wrapped = readBase64(fields["wrapped"], SEALED_KEY_SIZE_BYTES);
  const method = parseMethod(fields);
  if (typeof name !== "string" || !isSlotName(name) || salt === null || wrapped === null || method === null)
    return null;
  const slot = { name, salt, wrapped, ...method };
  // An unknown member is a fact that nothing here would check.
  const known = Object.keys(printSlot(slot));
  return Object.keys(fields).every((member) => known.includes(member)) ? slot : null;
}

function parseMethod(fields: Readonly<Record<string, unknown>>): SlotMethod | null {
  const { method, keyId, keyArn, token, object } = fields;
  if (method === "key-file")
    return typeof keyId === "string" && KEY_ID.test(keyId) ? { method, keyId } : null;
  if (method === "passphrase") {
    const cost = readCost(fields);
    return cost === null ? null : { method, cost };
  }
  const sealedSecret = readSealedSecret(fields["sealedSecret"]);
  if (sealedSecret === null) return null;
  if (method === "kms")
    return typeof keyArn === "string" && isKeyArn(keyArn) ? { method, keyArn, sealedSecret } : null;
  const isNamed = isLabel(token, MAX_TOKEN_LABEL_BYTES) && isLabel(object, MAX_KEY_LABEL_BYTES);
  return method === "pkcs11" && isNamed ? { method, token, object, sealedSecret } : null;
}

const isLabel = (value: unknown, maxBytes: number): value is string =>
  typeof value === "string" && value !== "" && Buffer.byteLength(value) <= maxBytes && !value.includes("\0");

function readSealedSecret(sealedSecret: unknown): Buffer | null {
  if (typeof sealedSecret !== "string" || sealedSecret.length > 2 * MAX_SEALED_SECRET_BYTES) return null;
  const bytes = Buffer.from(sealedSecret, "base64");
  const isGood =
    bytes.length > 0 && bytes.length <= MAX_SEALED_SECRET_BYTES && bytes.toString("base64") === sealedSecret;
  return isGood ? bytes : null;
}

async function newSecret(
  options: {
    readonly name: string;
    readonly opener: SlotOpener;
    readonly cost: PassphraseCost | null;
    readonly binding: SlotBinding;
    readonly access: SlotAccess;
  },
  salt: Buffer,
): Promise<{ readonly method: SlotMethod; readonly secret: SecretBytes }> {
  const { opener, binding } = options;
  if (opener.method === "key-file") {
    const { keyId, rootKey } = await readSlotKeyFile(opener.source, options.access);
    return { method: { method: "key-file", keyId }, secret: rootKey };
  }
  if (opener.method === "passphrase") {
    const cost = options.cost ?? DEFAULT_COST;
    using passphrase = await readPassphrase(opener.source, options.access);
    return {
      method: { method: "passphrase", cost },
      secret: await stretchPassphrase(passphrase, salt, cost),
    };
  }
  if (opener.method === "pkcs11") return newTokenSecret(options, opener.uri);
  const { keyArn } = opener;
  const secret = SecretBytes.random(KEY_SIZE_BYTES);
  const context = contextOf(binding.deployment, options.name);
  const sealed = await spoken(keyArn, async () =>
    (await options.access.kms()).encrypt({ keyArn, bytes: secret.expose(), context }),
  );
  if (sealed.length === 0 || sealed.length > MAX_SEALED_SECRET_BYTES) {
    throw new RootSealError(
      "KeyServiceRefused",
      `the key service answered with something that is no ciphertext, for ${keyArn}`,
    );
  }
  return { method: { method: "kms", keyArn, sealedSecret: Buffer.from(sealed) }, secret };
}

/** The key is made where the token has none of that label. */
async function newTokenSecret(
  options: { readonly name: string; readonly binding: SlotBinding; readonly access: SlotAccess },
  uri: TokenKeyUri,
): Promise<{ readonly method: SlotMethod; readonly secret: SecretBytes }> {
  const secret = SecretBytes.random(KEY_SIZE_BYTES);
  const aad = tokenAad(options.binding.deployment, options.name);
  try {
    const sealed = await withToken(uri, options.access, async (token) => {
      if (!(await token.hasKey(uri.object))) await token.createKey(uri.object);
      return token.seal(uri.object, secret, aad);
    });
    const { token, object } = uri;
    return { method: { method: "pkcs11", token, object, sealedSecret: Buffer.from(sealed) }, secret };
  } catch (error) {
    secret.wipe();
    throw error;
  }
}

const tokenAad = (deployment: string, slot: string): Buffer =>
  encodeSequence(["strongroom root slot secret", deployment, slot]);

async function withToken<Result>(
  uri: TokenKeyUri,
  access: SlotAccess,
  use: (token: SlotToken) => Promise<Result>,
): Promise<Result> {
  using pin = await readPin(uri, access);
  try {
    const token = await access.token(uri, pin);
    try {
      return await use(token);
    } finally {
      token.close();
    }
  } catch (error) {
    const text = error instanceof ServiceError ? error.message : "it cannot be used from here";
    throw new RootSealError("TokenRefused", `the token ${uri.token}: ${text}. Nothing else is tried.`, error);
  }
}

async function spoken(keyArn: string, call: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await call();
  } catch (error) {
    // Its name tells refusal from silence; its text may hold what it was asked.
    const name = error instanceof Error ? error.name : "an error";
    throw new RootSealError(
      "KeyServiceRefused",
      `the key service did not work with ${keyArn} (${name}): see that it runs, that AWS_ENDPOINT_URL_KMS and the ` +
        "AWS credentials are right and that they may use the key. Nothing else is tried.",
      error,
    );
  }
}

const contextOf = (deployment: string, slot: string): Readonly<Record<string, string>> => ({
  "strongroom:deployment": deployment,
  "strongroom:slot": slot,
});

function slotKey(secret: SecretBytes, slot: { readonly method: string; readonly salt: Buffer }): Buffer {
  return deriveSealKey(secret, slot.salt, "slot key", slot.method);
}

const wrappingAad = (
  slot: Omit<RootSlot, "wrapped"> & SlotMethod,
  { deployment, keyId }: SlotBinding,
): Buffer => encodeSequence(["strongroom root slot", deployment, keyId, slotFacts(slot)]);

function parametersOf(slot: SlotMethod): readonly (string | Uint8Array)[] {
  switch (slot.method) {
    case "key-file":
      return ["keyId", slot.keyId];
    case "passphrase": {
      const { memoryKiB, passes, lanes } = slot.cost;
      return ["memoryKiB", String(memoryKiB), "passes", String(passes), "lanes", String(lanes)];
    }
    case "kms":
      return ["keyArn", slot.keyArn, "sealedSecret", slot.sealedSecret];
    case "pkcs11":
      return ["token", slot.token, "object", slot.object, "sealedSecret", slot.sealedSecret];
  }
}
