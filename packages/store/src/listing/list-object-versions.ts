import { readBucket } from "../buckets/read-bucket.ts";
import type { Engine } from "../engine.ts";
import type { ObjectVersion } from "../model.ts";
import type { ListObjectVersionsInput, ListObjectVersionsPage } from "../object-store.ts";
import { findNamed } from "../objects/find-version.ts";
import { toDeleteMarker, toStoredVersion } from "../objects/stored-version.ts";
import { versionIdOf } from "../objects/version-chain.ts";
import { parseId } from "../version-id.ts";
import { RollUp } from "./roll-up.ts";
import { type ScannedVersion, type ScanPosition, VersionScan } from "./version-scan.ts";

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

async function scanStart(engine: Engine, input: ListObjectVersionsInput): Promise<ScanPosition | null> {
  const { bucket, keyMarker, versionIdMarker } = input;
  if (keyMarker === "") return null;
  if (versionIdMarker === "") return { objectKey: keyMarker, tail: null };
  const named = await findNamed(engine, bucket, keyMarker, versionIdMarker);
  // The version may be gone since the last page; its id still says where it stood.
  return { objectKey: keyMarker, tail: named === null ? parseId(versionIdMarker) : named.record };
}
