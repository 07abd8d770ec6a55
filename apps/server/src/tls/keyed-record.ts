import type { KeyObject } from "node:crypto";
import { SecretBytes } from "@strongroom/base";
import { openSecret, type RecordStore, sealSecret } from "@strongroom/iam";
import { ServerError } from "../server-error.ts";
import type { KeyedCertificate } from "./authority.ts";

/** A certificate and its sealed private key, kept as one record. */
export class KeyedRecord {
  readonly #records: RecordStore;
  readonly #sealingKey: KeyObject;
  readonly #key: Buffer;
  readonly #purpose: readonly string[];

  constructor(records: RecordStore, sealingKey: KeyObject, name: "authority" | "certificate") {
    this.#records = records;
    this.#sealingKey = sealingKey;
    this.#key = Buffer.from(`server/tls/${name}`);
    this.#purpose = ["tls private key", name];
  }

  /** null when none is stored. Throws Tampered. */
  async find(): Promise<KeyedCertificate | null> {
    const bytes = await this.#records.get(this.#key);
    if (bytes === null) return null;
    const { certificatePem, sealedPrivateKey } = parse(bytes);
    using privateKey = openSecret(this.#sealingKey, this.#purpose, Buffer.from(sealedPrivateKey, "base64"));
    return { certificatePem, privateKeyPem: privateKey.expose().toString("latin1") };
  }

  async put({ certificatePem, privateKeyPem }: KeyedCertificate): Promise<void> {
    using privateKey = new SecretBytes(Buffer.from(privateKeyPem, "latin1"));
    const sealedPrivateKey = sealSecret(this.#sealingKey, this.#purpose, privateKey).toString("base64");
    const value = Buffer.from(JSON.stringify({ format: 1, certificatePem, sealedPrivateKey }));
    await this.#records.change([{ key: this.#key, value }], []);
  }
}

function parse(bytes: Uint8Array): { readonly certificatePem: string; readonly sealedPrivateKey: string } {
  const parsed: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (
    typeof parsed === "object" &&
    parsed !== null &&
    "certificatePem" in parsed &&
    "sealedPrivateKey" in parsed
  ) {
    const { certificatePem, sealedPrivateKey } = parsed;
    if (typeof certificatePem === "string" && typeof sealedPrivateKey === "string") {
      return { certificatePem, sealedPrivateKey };
    }
  }
  throw new ServerError("Tampered", "integrity", "the stored TLS record cannot be read");
}
