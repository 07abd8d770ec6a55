/** Where a request points, before any lookup. */
export interface RequestAddress {
  readonly style: "path" | "virtual-host";
  /** null: the service itself. Not validated as a bucket name. */
  readonly bucket: string | null;
  /** Decoded, never normalised; null: the bucket itself. */
  readonly objectKey: string | null;
  readonly rawPath: string;
  readonly rawQuery: string;
}

/**
 * `domains` are the base domains for virtual-host style (`s3.example.com` ⇒ `bucket.s3.example.com`), lower case.
 * A host that is no subdomain of one of them is path style. Throws InvalidURI.
 */
export function resolveAddress(
  _target: string,
  _host: string | undefined,
  _domains: readonly string[],
): RequestAddress {
  throw new Error("unbuilt");
}
