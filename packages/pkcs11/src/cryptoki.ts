import { dlopen, getRawPointer } from "node:ffi";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { SessionLostError, UnclearFailureError } from "./session-lost-error.ts";
import { TAG_SIZE_BYTES } from "./token-holder.ts";

/**
 * The C interface of a PKCS#11 module (OASIS PKCS#11 2.40), where `CK_ULONG` has eight bytes: every 64-bit system but
 * Windows. Structures are laid out by hand: each member here takes eight bytes.
 */
const CKR = {
  OK: 0x0n,
  BUFFER_TOO_SMALL: 0x150n,
  CRYPTOKI_ALREADY_INITIALIZED: 0x191n,
  USER_ALREADY_LOGGED_IN: 0x100n,
} as const;

/** Return values (§3.6) that say more than that the device failed. */
const CKR_NAMES: ReadonlyMap<bigint, string> = new Map([
  [0x5n, "CKR_GENERAL_ERROR"],
  [0x6n, "CKR_FUNCTION_FAILED"],
  [0x30n, "CKR_DEVICE_ERROR"],
  [0x31n, "CKR_DEVICE_MEMORY"],
  [0x32n, "CKR_DEVICE_REMOVED"],
  [0x40n, "CKR_ENCRYPTED_DATA_INVALID"],
  [0x41n, "CKR_ENCRYPTED_DATA_LEN_RANGE"],
  [0x54n, "CKR_FUNCTION_NOT_SUPPORTED"],
  [0x60n, "CKR_KEY_HANDLE_INVALID"],
  [0x68n, "CKR_KEY_FUNCTION_NOT_PERMITTED"],
  [0x70n, "CKR_MECHANISM_INVALID"],
  [0x71n, "CKR_MECHANISM_PARAM_INVALID"],
  [0x82n, "CKR_OBJECT_HANDLE_INVALID"],
  [0xa0n, "CKR_PIN_INCORRECT"],
  [0xa1n, "CKR_PIN_INVALID"],
  [0xa2n, "CKR_PIN_LEN_RANGE"],
  [0xa3n, "CKR_PIN_EXPIRED"],
  [0xa4n, "CKR_PIN_LOCKED"],
  [0xb0n, "CKR_SESSION_CLOSED"],
  [0xb3n, "CKR_SESSION_HANDLE_INVALID"],
  [0xb5n, "CKR_SESSION_READ_ONLY"],
  [0xe0n, "CKR_TOKEN_NOT_PRESENT"],
  [0xe1n, "CKR_TOKEN_NOT_RECOGNIZED"],
  [0xe2n, "CKR_TOKEN_WRITE_PROTECTED"],
  [0x101n, "CKR_USER_NOT_LOGGED_IN"],
  [0x102n, "CKR_USER_PIN_NOT_INITIALIZED"],
]);

const PIN_REFUSALS: ReadonlySet<bigint> = new Set([0xa0n, 0xa1n, 0xa2n, 0xa3n, 0xa4n, 0x102n]);
/** The session is gone and another may work. */
const LOST: ReadonlySet<bigint> = new Set([0x32n, 0x60n, 0x82n, 0xb0n, 0xb3n, 0xe0n, 0x101n]);
const NOT_SEALED_HERE: ReadonlySet<bigint> = new Set([0x40n, 0x41n]);

const CKF_RW_SESSION = 0x2n;
const CKF_SERIAL_SESSION = 0x4n;
const CKU_USER = 1n;
const CKO_SECRET_KEY = 4n;
const CKK_AES = 0x1fn;
const CKM_AES_KEY_GEN = 0x1080n;
const CKM_AES_GCM = 0x1087n;
const CKA = {
  CLASS: 0x0n,
  TOKEN: 0x1n,
  PRIVATE: 0x2n,
  LABEL: 0x3n,
  KEY_TYPE: 0x100n,
  SENSITIVE: 0x103n,
  ENCRYPT: 0x104n,
  DECRYPT: 0x105n,
  VALUE_LEN: 0x161n,
  EXTRACTABLE: 0x162n,
} as const;

const WORD_BYTES = 8;
const KEY_SIZE_BYTES = 32n;
const TAG_BITS = 128n;
const LABEL_FIELD_BYTES = 32;
/** More than `CK_TOKEN_INFO` takes anywhere. */
const TOKEN_INFO_BYTES = 512;
const MAX_SLOTS = 256;

const FUNCTIONS = {
  C_Initialize: { arguments: ["pointer"], return: "u64" },
  C_GetSlotList: { arguments: ["u8", "pointer", "pointer"], return: "u64" },
  C_GetTokenInfo: { arguments: ["u64", "pointer"], return: "u64" },
  C_OpenSession: { arguments: ["u64", "u64", "pointer", "pointer", "pointer"], return: "u64" },
  C_CloseSession: { arguments: ["u64"], return: "u64" },
  C_Login: { arguments: ["u64", "u64", "pointer", "u64"], return: "u64" },
  C_FindObjectsInit: { arguments: ["u64", "pointer", "u64"], return: "u64" },
  C_FindObjects: { arguments: ["u64", "pointer", "u64", "pointer"], return: "u64" },
  C_FindObjectsFinal: { arguments: ["u64"], return: "u64" },
  C_GetAttributeValue: { arguments: ["u64", "u64", "pointer", "u64"], return: "u64" },
  C_GenerateKey: { arguments: ["u64", "pointer", "pointer", "u64", "pointer"], return: "u64" },
  C_DestroyObject: { arguments: ["u64", "u64"], return: "u64" },
  C_GenerateRandom: { arguments: ["u64", "pointer", "u64"], return: "u64" },
  C_EncryptInit: { arguments: ["u64", "pointer", "u64"], return: "u64" },
  C_Encrypt: { arguments: ["u64", "pointer", "u64", "pointer", "pointer"], return: "u64" },
  C_DecryptInit: { arguments: ["u64", "pointer", "u64"], return: "u64" },
  C_Decrypt: { arguments: ["u64", "pointer", "u64", "pointer", "pointer"], return: "u64" },
} as const;

function loadFunctions(modulePath: string) {
  try {
    return dlopen(modulePath, FUNCTIONS).functions;
  } catch (error) {
    throw new Pkcs11Error("ModuleUnusable", `${modulePath} is no PKCS#11 module that can be loaded`, error);
  }
}

/** A module that was loaded and initialised: once in a process. */
export class CryptokiModule {
  readonly #path: string;
  readonly #functions: ReturnType<typeof loadFunctions>;

  constructor(path: string) {
    this.#path = path;
    if (process.platform === "win32")
      throw new Pkcs11Error("ModuleUnusable", "PKCS#11 modules cannot be used on Windows: name another slot");
    this.#functions = loadFunctions(path);
    const result = this.#functions.C_Initialize(null);
    if (result !== CKR.OK && result !== CKR.CRYPTOKI_ALREADY_INITIALIZED)
      throw new Pkcs11Error("ModuleUnusable", `${path} cannot be initialised (${nameOf(result)})`);
  }

  /** Opens a session with the one token of this label. Throws TokenMissing, PinRefused, DeviceFailed. */
  openSession(tokenLabel: string, pin: Buffer): CryptokiSession {
    const f = this.#functions;
    const out = Buffer.alloc(WORD_BYTES);
    const flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    check(f.C_OpenSession(this.#findSlot(tokenLabel), flags, null, null, out), "C_OpenSession");
    const handle = out.readBigUInt64LE();
    const result = f.C_Login(handle, CKU_USER, pin, BigInt(pin.length));
    if (result !== CKR.OK && result !== CKR.USER_ALREADY_LOGGED_IN) {
      f.C_CloseSession(handle);
      if (PIN_REFUSALS.has(result))
        throw new Pkcs11Error(
          "PinRefused",
          `the token ${tokenLabel} refused the PIN (${nameOf(result)}): see that it is the user PIN; a token locks itself after a few wrong ones`,
        );
      check(result, "C_Login");
    }
    return new CryptokiSession(f, handle);
  }

  #findSlot(tokenLabel: string): bigint {
    const f = this.#functions;
    const count = Buffer.alloc(WORD_BYTES);
    count.writeBigUInt64LE(BigInt(MAX_SLOTS));
    const slots = Buffer.alloc(MAX_SLOTS * WORD_BYTES);
    check(f.C_GetSlotList(1, slots, count), "C_GetSlotList");
    const found: bigint[] = [];
    for (let index = 0; index < Math.min(MAX_SLOTS, Number(count.readBigUInt64LE())); index++) {
      const slot = slots.readBigUInt64LE(index * WORD_BYTES);
      const info = Buffer.alloc(TOKEN_INFO_BYTES);
      if (f.C_GetTokenInfo(slot, info) !== CKR.OK) continue;
      const label = info.subarray(0, LABEL_FIELD_BYTES).toString("utf8").trimEnd();
      if (label === tokenLabel) found.push(slot);
    }
    const [slot] = found;
    if (slot === undefined || found.length > 1)
      throw new Pkcs11Error(
        "TokenMissing",
        `${this.#path} has ${found.length === 0 ? "no token" : "several tokens"} with the label ${tokenLabel}: see that the device is connected and what pkcs11-tool --list-slots says`,
      );
    return slot;
  }
}

/** A session whose user is logged in. One operation at a time. */
export class CryptokiSession {
  readonly #functions: ReturnType<typeof loadFunctions>;
  readonly #handle: bigint;

  constructor(functions: ReturnType<typeof loadFunctions>, handle: bigint) {
    this.#functions = functions;
    this.#handle = handle;
  }

  close(): void {
    this.#functions.C_CloseSession(this.#handle);
  }

  /** The AES-256 key of this label; null: there is none. Throws KeyUnfit for one that is not safe to use. */
  findKey(label: string): bigint | null {
    const handles = this.#findByLabel(label);
    const [handle] = handles;
    if (handle === undefined) return null;
    const unfit = (why: string): never => {
      throw new Pkcs11Error("KeyUnfit", `the key ${label} in the token cannot be used: ${why}`);
    };
    if (handles.length > 1) unfit("there is another one with the same label");
    const type = this.#attribute(handle, CKA.KEY_TYPE, WORD_BYTES).readBigUInt64LE();
    const sizeBytes = this.#attribute(handle, CKA.VALUE_LEN, WORD_BYTES).readBigUInt64LE();
    if (type !== CKK_AES || sizeBytes !== KEY_SIZE_BYTES) unfit("it is no AES key of 256 bits");
    if (
      this.#attribute(handle, CKA.SENSITIVE, 1)[0] !== 1 ||
      this.#attribute(handle, CKA.EXTRACTABLE, 1)[0] !== 0
    )
      unfit("it can be taken out of the token: make one that is sensitive and not extractable");
    return handle;
  }

  /** Makes an AES-256 key that never leaves the token. */
  createKey(label: string): void {
    const yes = Buffer.of(1);
    const template = new Template([
      [CKA.CLASS, word(CKO_SECRET_KEY)],
      [CKA.KEY_TYPE, word(CKK_AES)],
      [CKA.VALUE_LEN, word(KEY_SIZE_BYTES)],
      [CKA.LABEL, Buffer.from(label)],
      [CKA.TOKEN, yes],
      [CKA.PRIVATE, yes],
      [CKA.SENSITIVE, yes],
      [CKA.EXTRACTABLE, Buffer.of(0)],
      [CKA.ENCRYPT, yes],
      [CKA.DECRYPT, yes],
    ]);
    const mechanism = new Mechanism(CKM_AES_KEY_GEN);
    const out = Buffer.alloc(WORD_BYTES);
    check(
      this.#functions.C_GenerateKey(this.#handle, mechanism.bytes, template.bytes, template.count, out),
      "C_GenerateKey",
    );
  }

  destroyKey(handle: bigint): void {
    check(this.#functions.C_DestroyObject(this.#handle, handle), "C_DestroyObject");
  }

  random(sizeBytes: number): Buffer {
    const bytes = Buffer.alloc(sizeBytes);
    check(this.#functions.C_GenerateRandom(this.#handle, bytes, BigInt(sizeBytes)), "C_GenerateRandom");
    return bytes;
  }

  /** AES-GCM with a tag of 16 bytes at the end (§2.11.3). */
  encrypt(key: bigint, nonce: Buffer, associatedData: Buffer, plaintext: Buffer): Buffer {
    const f = this.#functions;
    const mechanism = gcm(nonce, associatedData);
    check(f.C_EncryptInit(this.#handle, mechanism.bytes, key), "C_EncryptInit");
    const result = Buffer.alloc(plaintext.length + TAG_SIZE_BYTES);
    const length = word(BigInt(result.length));
    check(f.C_Encrypt(this.#handle, plaintext, BigInt(plaintext.length), result, length), "C_Encrypt");
    if (length.readBigUInt64LE() !== BigInt(result.length))
      throw new Pkcs11Error("DeviceFailed", "the token's AES-GCM answered with another length");
    return result;
  }

  /** Throws NotSealedHere when anything differs from what was sealed, and UnclearFailureError where a token says no more than that it failed. */
  decrypt(key: bigint, nonce: Buffer, associatedData: Buffer, ciphertext: Buffer): Buffer {
    const f = this.#functions;
    const mechanism = gcm(nonce, associatedData);
    check(f.C_DecryptInit(this.#handle, mechanism.bytes, key), "C_DecryptInit");
    const result = Buffer.alloc(ciphertext.length);
    const length = word(BigInt(result.length));
    const outcome = f.C_Decrypt(this.#handle, ciphertext, BigInt(ciphertext.length), result, length);
    const plaintextBytes = ciphertext.length - TAG_SIZE_BYTES;
    if (outcome === CKR.OK && length.readBigUInt64LE() === BigInt(plaintextBytes))
      return result.subarray(0, plaintextBytes);
    result.fill(0);
    if (NOT_SEALED_HERE.has(outcome))
      throw new Pkcs11Error("NotSealedHere", "the token did not seal this, or not like this");
    if (isGeneralFailure(outcome)) throw new UnclearFailureError(`C_Decrypt: ${nameOf(outcome)}`);
    check(outcome, "C_Decrypt");
    throw new Pkcs11Error("DeviceFailed", "the token's AES-GCM answered with another length");
  }

  #findByLabel(label: string): bigint[] {
    const f = this.#functions;
    const template = new Template([
      [CKA.CLASS, word(CKO_SECRET_KEY)],
      [CKA.LABEL, Buffer.from(label)],
    ]);
    check(f.C_FindObjectsInit(this.#handle, template.bytes, template.count), "C_FindObjectsInit");
    const found = Buffer.alloc(2 * WORD_BYTES);
    const count = Buffer.alloc(WORD_BYTES);
    const result = f.C_FindObjects(this.#handle, found, 2n, count);
    f.C_FindObjectsFinal(this.#handle);
    check(result, "C_FindObjects");
    return Array.from({ length: Number(count.readBigUInt64LE()) }, (_, index) =>
      found.readBigUInt64LE(index * WORD_BYTES),
    );
  }

  #attribute(handle: bigint, type: bigint, sizeBytes: number): Buffer {
    const value = Buffer.alloc(sizeBytes);
    const template = new Template([[type, value]]);
    check(
      this.#functions.C_GetAttributeValue(this.#handle, handle, template.bytes, template.count),
      "C_GetAttributeValue",
    );
    return value;
  }
}

/** An array of `CK_ATTRIBUTE`; keeps what it points to alive. */
class Template {
  readonly bytes: Buffer;
  readonly count: bigint;
  readonly values: readonly Buffer[];

  constructor(attributes: readonly (readonly [type: bigint, value: Buffer])[]) {
    this.bytes = Buffer.alloc(attributes.length * 3 * WORD_BYTES);
    this.count = BigInt(attributes.length);
    this.values = attributes.map(([, value]) => value);
    for (const [index, [type, value]] of attributes.entries())
      writeWords(this.bytes, index * 3, [type, getRawPointer(value), BigInt(value.length)]);
  }
}

/** A `CK_MECHANISM`; keeps its parameter, and what that points to, alive. */
class Mechanism {
  readonly bytes = Buffer.alloc(3 * WORD_BYTES);
  readonly kept: readonly Buffer[];

  constructor(type: bigint, parameter: Buffer = Buffer.alloc(0), kept: readonly Buffer[] = []) {
    this.kept = [parameter, ...kept];
    const pointer = parameter.length === 0 ? 0n : getRawPointer(parameter);
    writeWords(this.bytes, 0, [type, pointer, BigInt(parameter.length)]);
  }
}

/** `CK_GCM_PARAMS` of PKCS#11 2.40 with its errata: with the length of the nonce in bits. */
function gcm(nonce: Buffer, associatedData: Buffer): Mechanism {
  const parameter = Buffer.alloc(6 * WORD_BYTES);
  writeWords(parameter, 0, [
    getRawPointer(nonce),
    BigInt(nonce.length),
    BigInt(nonce.length * 8),
    associatedData.length === 0 ? 0n : getRawPointer(associatedData),
    BigInt(associatedData.length),
    TAG_BITS,
  ]);
  return new Mechanism(CKM_AES_GCM, parameter, [nonce, associatedData]);
}

function writeWords(target: Buffer, firstWord: number, values: readonly bigint[]): void {
  for (const [index, value] of values.entries())
    target.writeBigUInt64LE(value, (firstWord + index) * WORD_BYTES);
}

function word(value: bigint): Buffer {
  const bytes = Buffer.alloc(WORD_BYTES);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** What some tokens say instead of CKR_ENCRYPTED_DATA_INVALID when a tag does not hold. */
const isGeneralFailure = (result: bigint): boolean => result === 0x5n || result === 0x6n;

function check(result: bigint, functionName: string): void {
  if (result === CKR.OK) return;
  if (LOST.has(result)) throw new SessionLostError(`${functionName}: ${nameOf(result)}`);
  const hint =
    result === 0x70n || result === 0x71n
      ? ": it must be able to do AES-GCM (CKM_AES_GCM) with a nonce that is given"
      : "";
  throw new Pkcs11Error("DeviceFailed", `the token failed in ${functionName} (${nameOf(result)})${hint}`);
}

const nameOf = (result: bigint): string => CKR_NAMES.get(result) ?? `CKR 0x${result.toString(16)}`;
