import { decodePath, splitTarget } from "./uri.ts";

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
  target: string,
  host: string | undefined,
  domains: readonly string[],
): RequestAddress {
  const { rawPath, rawQuery } = splitTarget(target);
  const hostBucket = host === undefined ? null : bucketOfHost(host, domains);
  if (hostBucket !== null) {
    const objectKey = rawPath === "/" ? null : decodePath(rawPath.slice(1));
    return { style: "virtual-host", bucket: hostBucket, objectKey, rawPath, rawQuery };
  }
  const slash = rawPath.indexOf("/", 1);
  const rawBucket = slash < 0 ? rawPath.slice(1) : rawPath.slice(1, slash);
  const rawKey = slash < 0 ? "" : rawPath.slice(slash + 1);
  return {
    style: "path",
    // "//key" names an empty bucket, which is no bucket at all but not the service either.
    bucket: rawPath === "/" ? null : decodePath(rawBucket),
    objectKey: rawKey === "" ? null : decodePath(rawKey),
    rawPath,
    rawQuery,
  };
}

function bucketOfHost(host: string, domains: readonly string[]): string | null {
  const name = host.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
  let longest = "";
  for (const domain of domains) {
    if (name.endsWith(`.${domain}`) && domain.length > longest.length) longest = domain;
    // The domain itself may be a subdomain of a shorter one: then it is the service, not a bucket.
    if (name === domain) return null;
  }
  if (longest === "") return null;
  return name.slice(0, -longest.length - 1) || null;
}
