import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { test } from "node:test";
import { Pkcs11Error } from "./pkcs11-error.ts";
import { SessionLostError, UnclearFailureError } from "./session-lost-error.ts";
import { TAG_SIZE_BYTES, TokenHolder, type TokenModule, type TokenSession } from "./token-holder.ts";

const KEY = 7n;
const NO_DATA = new Uint8Array(0);
const is = (code: string) => (error: unknown) => error instanceof Pkcs11Error && error.code === code;

/** A token whose sessions get lost in the middle of a call, and which fails at everything when told. */
class UnsteadyModule implements TokenModule {
  readonly #secret = randomBytes(32);
  logins = 0;
  isPinRefused = false;
  /** So many of the next calls lose their session. */
  losses = 0;
  isBroken = false;

  openSession(): TokenSession {
    this.logins += 1;
    if (this.isPinRefused) throw new Pkcs11Error("PinRefused", "the PIN was refused");
    const options = { authTagLength: TAG_SIZE_BYTES };
    return {
      findKey: () => KEY,
      createKey: () => {},
      destroyKey: () => {},
      random: (sizeBytes) => randomBytes(sizeBytes),
      encrypt: (_, nonce, data, plaintext) => {
        this.#mayFail();
        const cipher = createCipheriv("aes-256-gcm", this.#secret, nonce, options);
        cipher.setAAD(data);
        return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      },
      decrypt: (_, nonce, data, ciphertext) => {
        this.#mayFail();
        const decipher = createDecipheriv("aes-256-gcm", this.#secret, nonce, options);
        decipher.setAAD(data);
        decipher.setAuthTag(ciphertext.subarray(-TAG_SIZE_BYTES));
        try {
          return Buffer.concat([decipher.update(ciphertext.subarray(0, -TAG_SIZE_BYTES)), decipher.final()]);
        } catch {
          throw new UnclearFailureError("CKR_GENERAL_ERROR");
        }
      },
      close: () => {},
    };
  }

  #mayFail(): void {
    if (this.isBroken) throw new UnclearFailureError("CKR_GENERAL_ERROR");
    if (this.losses === 0) return;
    this.losses -= 1;
    throw new SessionLostError("CKR_SESSION_HANDLE_INVALID");
  }
}

function hold(): { module: UnsteadyModule; holder: TokenHolder } {
  const module = new UnsteadyModule();
  return { module, holder: new TokenHolder(module, "token", Buffer.from("1234")) };
}

function seal(holder: TokenHolder, text: string): Buffer {
  const task = { kind: "seal", label: "key", bytes: Buffer.from(text), associatedData: NO_DATA } as const;
  const sealed = holder.run(task);
  assert.ok(sealed instanceof Uint8Array);
  assert.ok(task.bytes.equals(Buffer.alloc(text.length)), "what was sealed is wiped");
  return Buffer.from(sealed);
}

function open(holder: TokenHolder, sealed: Buffer): string {
  const opened = holder.run({
    kind: "unseal",
    label: "key",
    bytes: Buffer.from(sealed),
    associatedData: NO_DATA,
  });
  assert.ok(opened instanceof Uint8Array);
  return Buffer.from(opened).toString();
}

test("a session that is lost in the middle of sealing costs nothing: the same bytes are sealed in the next", () => {
  const { module, holder } = hold();
  module.losses = 1;
  const sealed = seal(holder, "a key that must not get lost");
  assert.equal(module.logins, 2);
  module.losses = 1;
  assert.equal(open(holder, sealed), "a key that must not get lost");
  module.losses = 2;
  assert.throws(() => seal(holder, "x"), is("DeviceFailed"));
});

test("a PIN that is refused when a session is opened anew is not tried again by those who wait", () => {
  const { module, holder } = hold();
  const sealed = seal(holder, "text");
  module.isPinRefused = true;
  module.losses = 1;
  for (let request = 0; request < 5; request++) assert.throws(() => open(holder, sealed), is("PinRefused"));
  assert.equal(module.logins, 2);
});

test("a token that fails at everything is not taken for one that refuses what it did not seal", () => {
  const { module, holder } = hold();
  const sealed = seal(holder, "text");
  const altered = Buffer.from(sealed);
  altered[20] = (altered[20] ?? 0) ^ 1;
  assert.throws(() => open(holder, altered), is("NotSealedHere"));
  module.isBroken = true;
  assert.throws(() => open(holder, sealed), is("DeviceFailed"));
  module.isBroken = false;
  assert.equal(open(holder, sealed), "text");
});
