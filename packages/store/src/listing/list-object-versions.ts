import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import { endOfPrefix } from "../index/index-port.ts";
import type { ObjectVersion } from "../model.ts";
import type { ListObjectVersionsInput, ListObjectVersionsPage } from "../object-store.ts";
import { findNamed } from "../objects/find-version.ts";
import { toDeleteMarker, toStoredVersion } from "../objects/stored-version.ts";
import { readCurrent, versionIdOf } from "../objects/version-chain.ts";
import { noncurrentKey, objectPrefix, successor, tablePrefix } from "../record-keys.ts";
import { encodeTail, parseId } from "../version-id.ts";
import { RollUp } from "./roll-up.ts";
import { type ScannedVersion, type ScanStart, VersionScan } from "./version-scan.ts";

/** All versions and markers by key, newest first within a key. */
export async function listObjectVersions(
  engine: Engine,
  input: ListObjectVersionsInput,
): Promise<ListObjectVersionsPage> {
  const { bucket, prefix, delimiter, limit } = input;
  await readBucket(engine, bucket);
  const versions: ObjectVersion[] = [];
  const commonPrefixes: string[] = [];
  if (limit === 0) return { versions, commonPrefixes, next: null };
  const scan = new VersionScan(engine, bucket, prefix, await scanStart(engine, input));
  const rollUp = new RollUp(prefix, delimiter, input.keyMarker);
  let next = { keyMarker: "", versionIdMarker: "" };
  for (let found = await scan.next(); found !== null; found = await scan.next()) {
    const what = rollUp.classify(found.objectKey);
    if (what === "grouped") {
      if (rollUp.group !== null) scan.skipGroup(rollUp.group);
      continue;
    }
    if (versions.length + commonPrefixes.length === limit) return { versions, commonPrefixes, next };
    if (what === "key") {
      versions.push(present(found));
      next = { keyMarker: found.objectKey, versionIdMarker: versionIdOf(found.record) };
    } else {
      commonPrefixes.push(what.commonPrefix);
      next = { keyMarker: what.commonPrefix, versionIdMarker: "" };
    }
  }
  return { versions, commonPrefixes, next: null };
}

function present({ objectKey, record, isLatest }: ScannedVersion): ObjectVersion {
  return record.kind === "version"
    ? toStoredVersion(objectKey, record, isLatest)
    : toDeleteMarker(objectKey, record, isLatest);
}

async function scanStart(engine: Engine, input: ListObjectVersionsInput): Promise<ScanStart> {
  const { bucket, prefix, keyMarker, versionIdMarker } = input;
  const current = tablePrefix("current", bucket, prefix);
  const noncurrent = tablePrefix("noncurrent", bucket, prefix);
  if (keyMarker === "") return { current, noncurrent, hasNewer: null };
  const afterCurrent = later(current, successor(tablePrefix("current", bucket, keyMarker)));
  const ofKey = objectPrefix("noncurrent", bucket, keyMarker);
  if (versionIdMarker === "") {
    return { current: afterCurrent, noncurrent: later(noncurrent, endOfPrefix(ofKey)), hasNewer: null };
  }
  const named = await findNamed(engine, bucket, keyMarker, versionIdMarker);
  if (named?.isCurrent === true) {
    return { current: afterCurrent, noncurrent: later(noncurrent, ofKey), hasNewer: keyMarker };
  }
  // The version may be gone since the last page; its id still says where it stood.
  const tail = named === null ? parseId(versionIdMarker) : named.record;
  const after =
    tail === null ? endOfPrefix(ofKey) : successor(noncurrentKey(bucket, keyMarker, encodeTail(tail)));
  // What is current now may be older than a version that was current when the last page was made, and is gone.
  const now = tail === null ? null : await readCurrent(engine, bucket, keyMarker);
  const isNext = now !== null && tail !== null && now.record.order < tail.order;
  return {
    current: isNext ? later(current, tablePrefix("current", bucket, keyMarker)) : afterCurrent,
    noncurrent: later(noncurrent, after),
    hasNewer: keyMarker,
  };
}

const later = (a: Buffer, b: Buffer): Buffer => (Buffer.compare(a, b) > 0 ? a : b);
