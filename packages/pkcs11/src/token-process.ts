// A process that holds one token's module: foreign code that blocks, and may crash, does neither to the server.

import { randomBytes } from "node:crypto";
import { CryptokiModule, type CryptokiSession, SessionLostError, TAG_SIZE_BYTES } from "./cryptoki.ts";
import { Pkcs11Error } from "./pkcs11-error.ts";
import type { TokenAnswer, TokenRequest, TokenTask } from "./token-messages.ts";

const NONCE_SIZE_BYTES = 12;

class TokenHolder {
  readonly #module: CryptokiModule;
  readonly #token: string;
  readonly #pin: Buffer;
  #session: CryptokiSession | null = null;

  constructor(modulePath: string, token: string, pin: Buffer) {
    this.#module = new CryptokiModule(modulePath);
    this.#token = token;
    this.#pin = pin;
    this.#session = this.#module.openSession(token, pin);
  }

  /** Once more in a new session where the old one was lost. */
  run(task: Exclude<TokenTask, { kind: "open" }>): Uint8Array | boolean | null {
    for (let isSecond = false; ; isSecond = true) {
      this.#session ??= this.#module.openSession(this.#token, this.#pin);
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
}

function runIn(
  session: CryptokiSession,
  task: Exclude<TokenTask, { kind: "open" }>,
): Uint8Array | boolean | null {
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
  const bytes = bufferOf(task.bytes);
  // Copies of their own: the module is given addresses, which a shared buffer's view would blur.
  const associatedData = Buffer.from(Uint8Array.from(task.associatedData).buffer);
  try {
    if (task.kind === "seal") {
      const nonce = Buffer.from(Uint8Array.from(randomBytes(NONCE_SIZE_BYTES)).buffer);
      return Buffer.concat([nonce, session.encrypt(key, nonce, associatedData, bytes)]);
    }
    if (bytes.length < NONCE_SIZE_BYTES + TAG_SIZE_BYTES)
      throw new Pkcs11Error("NotSealedHere", "the token did not seal this, or not like this");
    const nonce = Buffer.from(Uint8Array.from(bytes.subarray(0, NONCE_SIZE_BYTES)).buffer);
    return session.decrypt(key, nonce, associatedData, bytes.subarray(NONCE_SIZE_BYTES));
  } finally {
    bytes.fill(0);
  }
}

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

let holder: TokenHolder | null = null;

function answer({ id, task }: TokenRequest): TokenAnswer {
  try {
    if (task.kind === "open") {
      holder = new TokenHolder(task.modulePath, task.token, bufferOf(task.pin));
      return { id, result: null };
    }
    if (holder === null) throw new Pkcs11Error("DeviceFailed", "the token was not opened");
    return { id, result: holder.run(task) };
  } catch (error) {
    if (error instanceof Pkcs11Error) return { id, code: error.code, message: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return { id, code: "DeviceFailed", message };
  }
}

process.on("message", (request: TokenRequest) => {
  const said = answer(request);
  process.send?.(said, undefined, undefined, () => {
    if ("result" in said && said.result instanceof Uint8Array) said.result.fill(0);
  });
});
// Nobody is left to work for.
process.on("disconnect", () => process.exit(0));
