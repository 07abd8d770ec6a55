import type { EncryptionScheme } from "../encryption/encryption.ts";

/**
 * What can be wrong with what is stored.
 *
 * - `index-damaged`: records of the index fail authentication; the objects they describe cannot be had.
 * - `record-unknown`: a record has a format that this program does not know.
 * - `sizes-differ`: the record contradicts itself, or the records of its parts.
 * - `part-missing`: the record names a part that has no record.
 * - `unreferenced`: the sealed bytes are not marked as in use, so that a sweep could remove them.
 * - `bytes-missing`: the sealed bytes are gone, or not as long as the record says.
 * - `bytes-altered`: a tag, the header or the digest of the sealed bytes does not verify.
 * - `bytes-foreign`: whole sealed bytes of something else: the commitment is to another data key.
 * - `key-altered`: the wrapped data key does not open for this bucket, object key, version, part and scheme.
 */
export const PROBLEMS = [
  "index-damaged",
  "record-unknown",
  "sizes-differ",
  "part-missing",
  "unreferenced",
  "bytes-missing",
  "bytes-altered",
  "bytes-foreign",
  "key-altered",
] as const;
export type Problem = (typeof PROBLEMS)[number];

/** One thing that is wrong, with the name of what it hit. */
export interface Finding {
  readonly problem: Problem;
  readonly bucket: string;
  readonly objectKey: string;
  /** Of an object; null for an upload in progress, and where the record itself cannot be read. */
  readonly versionId: string | null;
  readonly uploadId: string | null;
  /** Of a multipart object or upload; null: the whole. */
  readonly partNumber: number | null;
  readonly scheme: EncryptionScheme | null;
  /** Under which key: `master key 2`, the ARN of a KMS key, `customer's key`; null where it is not known. */
  readonly key: string | null;
  /** Where exactly, in words. Nothing secret. */
  readonly detail: string;
}

/**
 * How far a body could be looked into.
 *
 * - `opened`: with its keys: the wrapped data key and its binding, the commitment, every tag, the end.
 * - `digest`: without: every stored byte, against the digest that its record keeps. Not the wrapped key's binding.
 * - `form`: without, and its record keeps no digest: that the bytes are there, how many they are, and the header's form.
 */
export type Depth = "opened" | "digest" | "form";

/** Counts of one bucket and scheme. */
export interface VerifyTally {
  readonly bucket: string;
  readonly scheme: EncryptionScheme;
  /** Versions; uploads in progress apart. */
  versions: number;
  uploads: number;
  /** Sealed bodies: one a version, or one a part. */
  bodies: number;
  sealedBytes: number;
  opened: number;
  digest: number;
  form: number;
  /** Bodies (or versions without one) with a finding. */
  bad: number;
}

/** A key that was not to be had, and why: what hangs on it was looked at without it. */
export interface UnavailableKey {
  readonly key: string;
  /** As the key service answered: `DisabledException`; or `customer's key`. */
  readonly reason: string;
  readonly bodies: number;
}
