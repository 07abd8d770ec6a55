import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PORTABLE_ODD_OBJECT_KEYS } from "../../fixtures/object-keys.ts";
import { sha256Hex } from "../../harness/sigv4-signer.ts";
import {
  type ClientWorkbench,
  fetchUrl,
  MULTIPART_BYTES,
  makeFile,
  runClient,
  runVirtualHostClient,
  sha256OfFile,
} from "./client-workbench.ts";

const BUCKET = "aws-cli-bucket";

/** put, get, list, copy, multipart, range, presign, versions, delete with the AWS command line. */
export async function useAwsCli(bench: ClientWorkbench): Promise<void> {
  const aws = (...parameters: string[]): Promise<string> => runClient(bench, "aws", parameters);
  await aws("s3", "mb", `s3://${BUCKET}`);
  await transferFiles(bench, aws);
  await useChecksumsAndRanges(bench, aws);
  await useOddKeys(bench, aws);
  await aws("s3", "rm", "--recursive", `s3://${BUCKET}`);
  await useVersions(bench, aws);
  await aws("s3api", "delete-bucket", "--bucket", BUCKET);
  assert.ok(!(await aws("s3", "ls")).includes(BUCKET));
  bench.tally.add("AWS CLI steps");
}

type Aws = (...parameters: string[]) => Promise<string>;

async function transferFiles(bench: ClientWorkbench, aws: Aws): Promise<void> {
  for (const [name, sizeBytes] of Object.entries({
    empty: 0,
    small: 1000,
    middle: 200_000,
    big: MULTIPART_BYTES,
  })) {
    const file = makeFile(bench, `cli-${name}`, sizeBytes);
    const back = join(bench.home, `cli-${name}.back`);
    await aws("s3", "cp", "--no-progress", file.path, `s3://${BUCKET}/files/${name}`);
    await aws("s3", "cp", "--no-progress", `s3://${BUCKET}/files/${name}`, `s3://${BUCKET}/copies/${name}`);
    await aws("s3", "cp", "--no-progress", `s3://${BUCKET}/copies/${name}`, back);
    assert.equal(sha256OfFile(back), file.sha256, name);
    bench.tally.add("AWS CLI transfers");
  }
  const listing = await aws("s3", "ls", "--recursive", `s3://${BUCKET}/`);
  assert.match(listing, /25165824 files\/big/);
  const pages = await aws(
    "s3api",
    "list-objects-v2",
    "--bucket",
    BUCKET,
    "--page-size",
    "3",
    "--query",
    "length(Contents)",
  );
  assert.equal(pages.trim(), "8");
  const head: unknown = JSON.parse(
    await aws("s3api", "head-object", "--bucket", BUCKET, "--key", "files/big"),
  );
  assert.ok(typeof head === "object" && head !== null && "ServerSideEncryption" in head);
  assert.equal(head.ServerSideEncryption, "AES256");
  // Version 1 of the CLI signs URLs for us-east-1 with SigV2 unless told otherwise; version 2 never does.
  await aws("configure", "set", "default.s3.signature_version", "s3v4");
  const url = (await aws("s3", "presign", `s3://${BUCKET}/files/small`)).trim();
  const fetched = await fetchUrl(bench, url);
  assert.equal(fetched.status, 200);
  assert.equal(fetched.body.length, 1000);
  const folder = join(bench.home, "cli-sync");
  await aws("s3", "sync", "--no-progress", `s3://${BUCKET}/files/`, folder);
  assert.equal(sha256OfFile(join(folder, "middle")), sha256OfFile(join(bench.home, "cli-middle")));
  bench.tally.add("AWS CLI steps", 5);
}

async function useChecksumsAndRanges(bench: ClientWorkbench, aws: Aws): Promise<void> {
  const file = makeFile(bench, "cli-sums", 100_000);
  for (const algorithm of ["CRC32", "SHA1", "SHA256"]) {
    const target = ["--bucket", BUCKET, "--key", `sums/${algorithm}`];
    await aws("s3api", "put-object", ...target, "--body", file.path, "--checksum-algorithm", algorithm);
    const back = join(bench.home, "cli-sums.back");
    const text = await aws("s3api", "get-object", ...target, "--checksum-mode", "ENABLED", back);
    assert.match(text, new RegExp(`"Checksum${algorithm}"`));
    assert.equal(sha256OfFile(back), file.sha256);
    bench.tally.add("AWS CLI checksums");
  }
  const part = join(bench.home, "cli-range");
  await aws(
    "s3api",
    "get-object",
    "--bucket",
    BUCKET,
    "--key",
    "sums/SHA1",
    "--range",
    "bytes=65530-65545",
    part,
  );
  assert.equal(sha256OfFile(part), sha256Hex(readFileSync(file.path).subarray(65_530, 65_546)));
  bench.tally.add("AWS CLI steps");
}

async function useOddKeys(bench: ClientWorkbench, aws: Aws): Promise<void> {
  // One process of this tool takes most of a second: a few keys are enough, the SDKs do them all.
  for (const objectKey of PORTABLE_ODD_OBJECT_KEYS.filter((_, index) => index % 5 === 0)) {
    const file = makeFile(bench, "cli-odd", 50);
    const target = ["--bucket", BUCKET, "--key", objectKey];
    await aws("s3api", "put-object", ...target, "--body", file.path);
    await aws("s3api", "get-object", ...target, join(bench.home, "cli-odd.back"));
    assert.equal(sha256OfFile(join(bench.home, "cli-odd.back")), file.sha256, objectKey);
    await aws("s3api", "delete-object", ...target);
    bench.tally.add("AWS CLI odd keys");
  }
}

async function useVersions(bench: ClientWorkbench, aws: Aws): Promise<void> {
  const target = ["--bucket", BUCKET, "--key", "versioned"];
  await aws(
    "s3api",
    "put-bucket-versioning",
    "--bucket",
    BUCKET,
    "--versioning-configuration",
    "Status=Enabled",
  );
  const ids: string[] = [];
  for (const text of ["one", "two"]) {
    const path = join(bench.home, "cli-version");
    writeFileSync(path, text);
    ids.push(
      (
        await aws(
          "s3api",
          "put-object",
          ...target,
          "--body",
          path,
          "--query",
          "VersionId",
          "--output",
          "text",
        )
      ).trim(),
    );
  }
  await aws("s3api", "delete-object", ...target);
  const back = join(bench.home, "cli-version.back");
  await assert.rejects(aws("s3api", "get-object", ...target, back), /NoSuchKey/);
  await aws("s3api", "get-object", ...target, "--version-id", ids[0] ?? "", back);
  assert.equal(sha256OfFile(back), "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
  const listed = ["list-object-versions", "--bucket", BUCKET, "--prefix", "versioned", "--output", "json"];
  const found = await aws("s3api", ...listed, "--query", "[length(Versions), length(DeleteMarkers)]");
  assert.deepEqual(JSON.parse(found), [2, 1]);
  const markers = await aws("s3api", ...listed, "--query", "[Versions,DeleteMarkers][][].VersionId");
  const versionIds: unknown = JSON.parse(markers);
  assert.ok(Array.isArray(versionIds) && versionIds.length === 3);
  for (const versionId of versionIds)
    await aws("s3api", "delete-object", ...target, "--version-id", String(versionId));
  await aws(
    "s3api",
    "put-bucket-versioning",
    "--bucket",
    BUCKET,
    "--versioning-configuration",
    "Status=Suspended",
  );
  bench.tally.add("AWS CLI versions", ids.length);
}

/** The same with BUCKET.s3.localhost as the host. */
export async function useAwsCliByVirtualHost(bench: ClientWorkbench): Promise<void> {
  const bucket = "aws-cli-host";
  const config = join(bench.home, "aws-config");
  writeFileSync(config, "[default]\ns3 =\n  addressing_style = virtual\n");
  const aws = (...parameters: string[]): Promise<string> =>
    runVirtualHostClient(bench, [bucket], "aws", parameters, { AWS_CONFIG_FILE: config });
  const file = makeFile(bench, "cli-host", 10 << 20);
  const back = join(bench.home, "cli-host.back");
  await aws("s3", "mb", `s3://${bucket}`);
  await aws("s3", "cp", "--no-progress", file.path, `s3://${bucket}/a b/file`);
  await aws("s3", "cp", "--no-progress", `s3://${bucket}/a b/file`, back);
  assert.equal(sha256OfFile(back), file.sha256);
  assert.match(await aws("s3", "ls", `s3://${bucket}/a b/`), /10485760 file/);
  await aws("s3", "rb", "--force", `s3://${bucket}`);
  bench.tally.add("AWS CLI virtual-host steps", 5);
}
