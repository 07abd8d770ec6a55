import { EncryptionCommandError } from "./encryption-command-error.ts";

/** Where an object is or goes: in a bucket, or in files. */
export type Location =
  | { readonly kind: "s3"; readonly bucket: string; readonly key: string }
  | { readonly kind: "file"; readonly path: string };

/** `s3://BUCKET/KEY`, or else a path. The key is taken as it is: no decoding, no normalizing. */
export function parseLocation(text: string): Location {
  if (!text.startsWith("s3://")) return { kind: "file", path: text };
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(text) ?? [];
  if (bucket === undefined || key === undefined)
    throw new EncryptionCommandError("BadLocation", "invalid", `${text} names no object`, {
      next: "write it as s3://BUCKET/KEY",
    });
  return { kind: "s3", bucket, key };
}
