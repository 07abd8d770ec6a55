import { createPrivateKey, type KeyObject, randomBytes } from "node:crypto";
import { type Clock, SecretBytes } from "@strongroom/base";
import { generateMaterial, publicKeyOf } from "../crypto/generate-material.ts";
import { KmsError } from "../kms-error.ts";
import { ERASABLE_SECRET_SIZE_BYTES, type ErasableSecrets } from "./erasable-secrets.ts";
import type { KeySetRecord, MaterialRecord } from "./key-record.ts";
import { type KeySpec, kindOf } from "./key-spec.ts";
import { openBytes, requireOpened, sealBytes } from "./sealed-bytes.ts";
import { deriveKey, materialIdOf, type ServiceKeys } from "./service-keys.ts";

/** What a material is stored as, and the secret half of its sealing. */
type SealedMaterial = Pick<MaterialRecord, "id" | "sealed" | "secretName" | "publicKey">;

interface Opened {
  readonly secretName: string;
  readonly key: KeyObject;
  usedMs: number;
}

const MAX_OPENED = 4096;
/** How long an opened material that nobody uses stays in memory, also after its key was deleted by another process. */
const IDLE_MS = 300_000;

/** Makes, seals and opens key materials. Opened ones are kept as KeyObjects, outside the JavaScript heap. */
export class Materials {
  readonly keys: ServiceKeys;
  readonly #secrets: ErasableSecrets;
  readonly #clock: Clock;
  /** By key id and number; the oldest is dropped first. */
  readonly #opened = new Map<string, Opened>();

  constructor(keys: ServiceKeys, secrets: ErasableSecrets, clock: Clock) {
    this.keys = keys;
    this.#secrets = secrets;
    this.#clock = clock;
  }

  /** Fresh random material, sealed. Its erasable secret is durable before the record can be. */
  async create(keyId: string, spec: KeySpec, number: number): Promise<SealedMaterial> {
    const { secret } = await generateMaterial(spec);
    using owned = secret;
    return await this.seal(keyId, spec, number, owned);
  }

  /** Seals given material. The caller keeps `secret`. */
  async seal(keyId: string, spec: KeySpec, number: number, secret: SecretBytes): Promise<SealedMaterial> {
    const secretName = randomBytes(16).toString("hex");
    using half = SecretBytes.random(ERASABLE_SECRET_SIZE_BYTES);
    const sealed = sealBytes(this.#sealingKey(half, keyId), boundTo(keyId, number, spec), secret);
    await this.#secrets.create(secretName, half);
    return {
      id: materialIdOf(this.keys, keyId, secret),
      sealed,
      secretName,
      publicKey: kindOf(spec) === "asymmetric" ? publicKeyOf(secret) : undefined,
    };
  }

  /** The material as a key that can be used. Throws KeyUnavailableException when its secret was erased. */
  async open(set: KeySetRecord, material: MaterialRecord): Promise<KeyObject> {
    const known = this.findOpened(set, material);
    if (known !== null) return known;
    const key = await this.#open(set, material);
    const name = nameOf(set, material);
    this.#opened.delete(name);
    if (this.#opened.size >= MAX_OPENED) {
      const oldest = this.#opened.keys().next();
      if (oldest.done !== true) this.#opened.delete(oldest.value);
    }
    this.#opened.set(name, { secretName: material.secretName ?? "", key, usedMs: this.#clock.nowMs() });
    return key;
  }

  /** What `open` would give at once; null when it has to be opened first. */
  findOpened(set: KeySetRecord, material: MaterialRecord): KeyObject | null {
    const known = this.#opened.get(nameOf(set, material));
    if (known === undefined || known.secretName !== material.secretName) return null;
    known.usedMs = this.#clock.nowMs();
    return known.key;
  }

  /** Lets go of what was not used for a while. To be called now and then. */
  dropIdle(): void {
    const limitMs = this.#clock.nowMs() - IDLE_MS;
    for (const [name, { usedMs }] of this.#opened) if (usedMs < limitMs) this.#opened.delete(name);
  }

  /** How many materials lie open. */
  get openedCount(): number {
    return this.#opened.size;
  }

  /** Destroys materials for good. Idempotent. */
  async erase(keyId: string, materials: readonly MaterialRecord[]): Promise<void> {
    for (const { number, secretName } of materials) {
      this.#opened.delete(`${keyId}/${number}`);
      if (secretName !== undefined) await this.#secrets.erase(secretName);
    }
  }

  /** Destroys secrets by their names. Idempotent. */
  async eraseSecrets(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#secrets.erase(name);
  }

  /** Lets go of opened materials of a key that is no longer in use. */
  forget(keyId: string): void {
    for (const name of this.#opened.keys()) if (name.startsWith(`${keyId}/`)) this.#opened.delete(name);
  }

  async #open(set: KeySetRecord, material: MaterialRecord): Promise<KeyObject> {
    using half = material.secretName === undefined ? null : await this.#secrets.read(material.secretName);
    if (half === null || material.sealed === undefined) {
      throw new KmsError("KeyUnavailableException", "The key material is not available.");
    }
    const words = boundTo(set.keyId, material.number, set.spec);
    using bytes = requireOpened(openBytes(this.#sealingKey(half, set.keyId), words, material.sealed));
    if (kindOf(set.spec) !== "asymmetric") return bytes.toKeyObject();
    return createPrivateKey({ key: bytes.expose(), format: "der", type: "pkcs8" });
  }

  #sealingKey(half: SecretBytes, keyId: string): KeyObject {
    return deriveKey(this.keys.materialSealing, half.expose(), ["strongroom kms material", keyId]);
  }
}

const nameOf = (set: KeySetRecord, material: MaterialRecord): string => `${set.keyId}/${material.number}`;

function boundTo(keyId: string, number: number, spec: KeySpec): readonly string[] {
  return ["strongroom kms material", keyId, String(number), spec];
}
