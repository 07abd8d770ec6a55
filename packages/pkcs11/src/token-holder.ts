import { randomBytes } from "node:crypto";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { SessionLostError, UnclearFailureError } from "./session-lost-error.ts";
import type { TokenTask } from "./token-messages.ts";

const NONCE_SIZE_BYTES = 12;
export const TAG_SIZE_BYTES = 16;

/** What is used of a module. */
export interface TokenModule {
  /** Tries the PIN. Throws Pkcs11Error: TokenMissing, PinRefused, DeviceFailed. */
  openSession(token: string, pin: Buffer): TokenSession;
}

/** What is used of a session. Everything may throw SessionLostError. */
export interface TokenSession {
  findKey(label: string): bigint | null;
  createKey(label: string): void;
  destroyKey(key: bigint): void;
  random(sizeBytes: number): Buffer;
  encrypt(key: bigint, nonce: Buffer, associatedData: Buffer, plaintext: Buffer): Buffer;
  /** Throws NotSealedHere, and UnclearFailureError where the token does not tell. */
  decrypt(key: bigint, nonce: Buffer, associatedData: Buffer, ciphertext: Buffer): Buffer;
  close(): void;
}

type Task = Exclude<TokenTask, { kind: "open" }>;
type Result = Uint8Array | boolean | null;

/** One token with its user logged in. A PIN that was refused, be it in a later session, is never tried again. */
export class TokenHolder {
  readonly #module: TokenModule;
  readonly #token: string;
  readonly #pin: Buffer;
  #session: TokenSession | null = null;
  #refusal: Pkcs11Error | null = null;

  /** Throws as `TokenModule.openSession`. */
  constructor(module: TokenModule, token: string, pin: Buffer) {
    this.#module = module;
    this.#token = token;
    this.#pin = pin;
    this.#session = this.#login();
  }

  /** Once more in a new session where the old one was lost. What was to be sealed or opened is wiped. */
  run(task: Task): Result {
    try {
      return this.#runTwice(task);
    } finally {
      // Not sooner: the second session is to seal the same bytes.
      if (task.kind === "seal" || task.kind === "unseal") task.bytes.fill(0);
    }
  }

  #runTwice(task: Task): Result {
    for (let isSecond = false; ; isSecond = true) {
      this.#session ??= this.#login();
      try {
        return runIn(this.#session, task);
      } catch (error) {
        if (!(error instanceof SessionLostError)) throw error;
        this.#session.close();
        this.#session = null;
        if (isSecond) throw new Pkcs11Error("DeviceFailed", `the token went away (${error.message})`);
      }
    }
  }

  /** Tokens lock themselves after a few wrong PINs, and many requests may wait here. */
  #login(): TokenSession {
    if (this.#refusal !== null) throw this.#refusal;
    try {
      return this.#module.openSession(this.#token, this.#pin);
    } catch (error) {
      if (error instanceof Pkcs11Error && error.code === "PinRefused") this.#refusal = error;
      if (!(error instanceof SessionLostError)) throw error;
      throw new Pkcs11Error("DeviceFailed", `the token went away (${error.message})`);
    }
  }
}

function runIn(session: TokenSession, task: Task): Result {
  if (task.kind === "random") return session.random(task.sizeBytes);
  const { label } = task;
  const key = session.findKey(label);
  switch (task.kind) {
    case "has":
      return key !== null;
    case "create":
      if (key !== null) throw new Pkcs11Error("KeyExists", `the token has a key ${label} already`);
      session.createKey(label);
      if (session.findKey(label) === null)
        throw new Pkcs11Error("DeviceFailed", "the token did not keep the key that it made");
      return null;
    case "destroy":
      if (key !== null) session.destroyKey(key);
      return key !== null;
  }
  if (key === null) throw new Pkcs11Error("KeyMissing", `the token has no AES key with the label ${label}`);
  const bytes = Buffer.from(task.bytes.buffer, task.bytes.byteOffset, task.bytes.byteLength);
  const associatedData = ownBuffer(task.associatedData);
  return task.kind === "seal"
    ? seal(session, key, associatedData, bytes)
    : unseal(session, key, associatedData, bytes);
}

function seal(session: TokenSession, key: bigint, associatedData: Buffer, plaintext: Buffer): Buffer {
  const nonce = ownBuffer(randomBytes(NONCE_SIZE_BYTES));
  return Buffer.concat([nonce, session.encrypt(key, nonce, associatedData, plaintext)]);
}

function unseal(session: TokenSession, key: bigint, associatedData: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < NONCE_SIZE_BYTES + TAG_SIZE_BYTES) throw notSealedHere();
  const nonce = ownBuffer(sealed.subarray(0, NONCE_SIZE_BYTES));
  try {
    return session.decrypt(key, nonce, associatedData, sealed.subarray(NONCE_SIZE_BYTES));
  } catch (error) {
    if (!(error instanceof UnclearFailureError)) throw error;
    if (opensItsOwn(session, key)) throw notSealedHere();
    throw new Pkcs11Error("DeviceFailed", `the token failed (${error.message})`);
  }
}

/** A device that fails at everything says nothing about what it was given: nobody shall take that for altered data. */
function opensItsOwn(session: TokenSession, key: bigint): boolean {
  const none = Buffer.alloc(0);
  const probe = Buffer.from(Uint8Array.from(randomBytes(TAG_SIZE_BYTES)).buffer);
  try {
    const nonce = ownBuffer(randomBytes(NONCE_SIZE_BYTES));
    return session.decrypt(key, nonce, none, session.encrypt(key, nonce, none, probe)).equals(probe);
  } catch (error) {
    if (error instanceof SessionLostError) throw error;
    return false;
  }
}

/** A copy of its own: the module is given addresses, which a shared buffer's view would blur. */
const ownBuffer = (bytes: Uint8Array): Buffer => Buffer.from(Uint8Array.from(bytes).buffer);

const notSealedHere = (): Pkcs11Error =>
  new Pkcs11Error("NotSealedHere", "the token did not seal this, or not like this");
