// Root records in folders of a test's own, with a token and a key service in memory.
import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SecretBytes } from "@strongroom/base";
import type { ExternalKms, SlotAccess, SlotToken } from "./external-kms.ts";
import { type NewSlot, type RootPlace, upgradeRoot } from "./root-changes.ts";
import { RootSeal } from "./root-seal.ts";
import { RootSealError, type RootSealErrorCode } from "./root-seal-error.ts";
import { parseSlotOpener } from "./slot-opener.ts";

export const KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0b3b1d1e-0000-4000-8000-000000000001";
export const CHEAP = { memoryKiB: 19_456, passes: 2, lanes: 1 };

export const TOKEN_KEY =
  "pkcs11:token=vault%20one;object=root?module-path=/usr/lib/module.so&pin-source=env:PIN";

/** A token in memory: one key for each label. */
export class MemoryToken implements SlotToken {
  readonly keys = new Map<string, Buffer>();
  pin = "";
  /** What it answers instead of what was sealed. */
  answer: ((plain: SecretBytes) => SecretBytes) | null = null;
  opened = 0;

  async hasKey(label: string): Promise<boolean> {
    return this.keys.has(label);
  }

  async createKey(label: string): Promise<void> {
    this.keys.set(label, randomBytes(32));
  }

  async seal(label: string, plaintext: SecretBytes, associatedData: Uint8Array): Promise<Uint8Array> {
    const cipher = createCipheriv("aes-256-gcm", this.#key(label), Buffer.alloc(12, 1));
    cipher.setAAD(associatedData);
    return Buffer.concat([cipher.update(plaintext.expose()), cipher.final(), cipher.getAuthTag()]);
  }

  async unseal(label: string, sealed: Uint8Array, associatedData: Uint8Array): Promise<SecretBytes> {
    const decipher = createDecipheriv("aes-256-gcm", this.#key(label), Buffer.alloc(12, 1), {
      authTagLength: 16,
    });
    decipher.setAAD(associatedData);
    decipher.setAuthTag(sealed.subarray(-16));
    const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
    return this.answer === null ? new SecretBytes(plain) : this.answer(new SecretBytes(plain));
  }

  close(): void {
    this.opened -= 1;
  }

  #key(label: string): Buffer {
    const key = this.keys.get(label);
    if (key === undefined) throw new Error("secret detail");
    return key;
  }
}

/** A key service in memory: binds the context, forgets nothing. */
export class MemoryKms implements ExternalKms {
  readonly #key = randomBytes(32);
  answer: ((plain: Buffer) => Uint8Array) | null = null;

  async encrypt({ bytes, context }: Parameters<ExternalKms["encrypt"]>[0]): Promise<Uint8Array> {
    const cipher = createCipheriv("aes-256-gcm", this.#key, Buffer.alloc(12, 1));
    cipher.setAAD(Buffer.from(JSON.stringify(context)));
    return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  async decrypt({ bytes, context }: Parameters<ExternalKms["decrypt"]>[0]): Promise<Uint8Array> {
    const decipher = createDecipheriv("aes-256-gcm", this.#key, Buffer.alloc(12, 1), { authTagLength: 16 });
    decipher.setAAD(Buffer.from(JSON.stringify(context)));
    decipher.setAuthTag(bytes.subarray(-16));
    const plain = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    return this.answer === null ? plain : this.answer(plain);
  }
}

export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), "strongroom-slots-"));
  readonly dataDir = join(this.folder, "data");
  readonly path = join(this.dataDir, "root.json");
  readonly kms = new MemoryKms();
  readonly variables: Record<string, string | undefined> = {
    PHRASE: "correct horse battery",
    OTHER: "another passphrase",
    PIN: "4711",
  };
  readonly token = new MemoryToken();
  readonly access: SlotAccess = {
    kms: async () => this.kms,
    token: async (_, pin) => {
      this.token.pin = pin.expose().toString();
      this.token.opened += 1;
      return this.token;
    },
    variable: (name) => this.variables[name],
  };

  constructor(t: TestContext) {
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  file(name: string): string {
    return join(this.folder, "keys", name);
  }

  place(opener = `key-file:${this.file("first")}`): RootPlace {
    return { path: this.path, opener: parseSlotOpener(opener), access: this.access };
  }

  slot(name: string, opener: string): NewSlot {
    return { name, opener: parseSlotOpener(opener), cost: CHEAP };
  }

  /** All derived keys, as one text. */
  async open(opener: string): Promise<string> {
    const { dataDir, access } = this;
    const rootKeyFile = this.file("none");
    using seal = await RootSeal.open({ dataDir, rootKeyFile, unsealWith: parseSlotOpener(opener), access });
    return Object.values(seal.keys)
      .map((key) => key.expose().toString("hex"))
      .join();
  }

  /** Format 1, then format 2 with the key file `first`; gives the keys of format 1. */
  async upgraded(): Promise<string> {
    const keys = await this.open(`key-file:${this.file("one")}`);
    await upgradeRoot(
      this.place(`key-file:${this.file("one")}`),
      this.slot("first", `key-file:${this.file("first")}`),
    );
    return keys;
  }

  async refuses(action: Promise<unknown>, code: RootSealErrorCode, says = /./): Promise<void> {
    const before = existsSync(this.path) ? readFileSync(this.path, "utf8") : null;
    await assert.rejects(action, (error) => {
      assert.ok(error instanceof RootSealError, String(error));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, says);
      return true;
    });
    assert.equal(existsSync(this.path) ? readFileSync(this.path, "utf8") : null, before);
  }
}

/** Copies with one leaf changed, one member taken or added, or two list entries exchanged. */
export function* changedOnce(value: unknown): Generator<unknown> {
  if (typeof value === "number") yield value + 1;
  if (typeof value === "string") {
    for (const at of [0, value.length >> 1])
      yield value.slice(0, at) + (value[at] === "a" ? "b" : "a") + value.slice(at + 1);
  }
  if (Array.isArray(value)) {
    yield [];
    yield value.toReversed();
    yield value.slice(1);
    yield [...value, value[0]];
    for (const [at, one] of value.entries())
      for (const changed of changedOnce(one)) yield value.with(at, changed);
  } else if (typeof value === "object" && value !== null) {
    yield { ...value, surplus: 1 };
    for (const [name, member] of Object.entries(value)) {
      yield Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
      for (const changed of changedOnce(member)) yield { ...value, [name]: changed };
    }
  }
}
