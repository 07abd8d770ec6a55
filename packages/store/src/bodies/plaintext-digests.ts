import { createChecksum, createMd5, type RunningChecksum, type RunningMd5 } from "@strongroom/wire";
import type { Checksum, ChecksumAlgorithm } from "../model.ts";
import type { BodyIntegrity } from "../object-store.ts";
import { StoreError } from "../store-error.ts";

/** What was found, after every claim held. */
export interface VerifiedDigests {
  /** null: nobody asked for it. */
  readonly md5: Buffer | null;
  readonly checksum: Checksum;
  readonly sizeBytes: number;
}

/**
 * Digests of a plaintext as it flows, held against what its sender claimed. Dispose of it when it is not finished.
 */
export class PlaintextDigests implements Disposable {
  readonly #integrity: BodyIntegrity;
  readonly #md5: RunningMd5 | null;
  readonly #kept: { readonly algorithm: ChecksumAlgorithm; readonly running: RunningChecksum };
  readonly #claimed: { readonly algorithm: ChecksumAlgorithm; readonly running: RunningChecksum };
  #sizeBytes = 0;

  /** `algorithm` is the checksum to keep; a claim under another one is checked besides, and so is a claimed MD5. */
  constructor(integrity: BodyIntegrity, algorithm: ChecksumAlgorithm, wantsMd5: boolean) {
    this.#md5 = wantsMd5 || integrity.contentMd5 !== undefined ? createMd5() : null;
    this.#integrity = integrity;
    this.#kept = { algorithm, running: createChecksum(algorithm) };
    const claimed = integrity.checksum?.algorithm ?? algorithm;
    this.#claimed =
      claimed === algorithm ? this.#kept : { algorithm: claimed, running: createChecksum(claimed) };
  }

  [Symbol.dispose](): void {
    this.#md5?.[Symbol.dispose]();
  }

  /** Keeps `bytes` for a while: they must not change. Throws IncompleteBody as soon as there is more than was declared. */
  update(bytes: Uint8Array): void {
    this.#sizeBytes += bytes.length;
    if (this.#integrity.sizeBytes !== undefined && this.#sizeBytes > this.#integrity.sizeBytes)
      throw incomplete();
    this.#md5?.update(bytes);
    this.#kept.running.update(bytes);
    if (this.#claimed !== this.#kept) this.#claimed.running.update(bytes);
  }

  /** Call after the last byte. Throws IncompleteBody when less came than was declared. */
  requireComplete(): void {
    const { sizeBytes } = this.#integrity;
    if (sizeBytes !== undefined && sizeBytes !== this.#sizeBytes) throw incomplete();
  }

  /** Call after the last byte. Throws IncompleteBody or BadDigest when a claim does not hold. */
  finish(): VerifiedDigests {
    const { contentMd5, checksum: claim } = this.#integrity;
    this.requireComplete();
    const md5 = this.#md5?.digest() ?? null;
    if (contentMd5 !== undefined && md5 !== null) requireEqual("MD5", contentMd5, md5);
    const value = this.#kept.running.digest();
    const expected = claim?.expected();
    if (expected !== undefined) {
      const calculated = this.#claimed === this.#kept ? value : this.#claimed.running.digest();
      requireEqual(this.#claimed.algorithm, expected, calculated);
    }
    const checksum: Checksum = { algorithm: this.#kept.algorithm, type: "FULL_OBJECT", value };
    return { md5, checksum, sizeBytes: this.#sizeBytes };
  }
}

function incomplete(): StoreError {
  return new StoreError(
    "IncompleteBody",
    "invalid",
    "You did not provide the number of bytes specified by the Content-Length HTTP header",
  );
}

function requireEqual(algorithm: string, expected: Uint8Array, calculated: Buffer): void {
  if (calculated.equals(expected)) return;
  throw new StoreError(
    "BadDigest",
    "invalid",
    `The ${algorithm} you specified did not match the calculated checksum.`,
    {
      algorithm,
      expected: Buffer.from(expected).toString("base64"),
      calculated: calculated.toString("base64"),
    },
  );
}
