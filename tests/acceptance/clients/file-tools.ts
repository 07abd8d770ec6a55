import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesOf } from "../../harness/test-bytes.ts";
import {
  type ClientWorkbench,
  MULTIPART_BYTES,
  makeFile,
  runClient,
  sha256OfFile,
} from "./client-workbench.ts";

/** A folder of files with odd names, of many sizes. */
function makeTree(bench: ClientWorkbench, name: string): { folder: string; files: Map<string, string> } {
  const folder = join(bench.home, name);
  const files = new Map<string, string>();
  const put = (path: string, sizeBytes: number): void => {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), bytesOf(path, sizeBytes));
    files.set(path, sha256OfFile(join(folder, path)));
  };
  put("empty.txt", 0);
  put("one", 1);
  put("sub/a b+c%.bin", 65_536);
  put("sub/deep/\u{1F600} caf\u00e9.bin", 200_000);
  put("big.bin", MULTIPART_BYTES);
  return { folder, files };
}

function assertTree(folder: string, files: ReadonlyMap<string, string>): void {
  for (const [path, sha256] of files) assert.equal(sha256OfFile(join(folder, path)), sha256, path);
}

export async function useRclone(bench: ClientWorkbench, style: "path" | "virtual" = "path"): Promise<void> {
  const remote = {
    RCLONE_CONFIG: join(bench.home, "rclone.conf"),
    RCLONE_CONFIG_STORE_TYPE: "s3",
    RCLONE_CONFIG_STORE_PROVIDER: "Other",
    RCLONE_CONFIG_STORE_ENV_AUTH: "true",
    RCLONE_CONFIG_STORE_ENDPOINT: bench.server.environment.endpoint,
    RCLONE_CONFIG_STORE_REGION: bench.server.environment.region,
    RCLONE_CONFIG_STORE_FORCE_PATH_STYLE: String(style === "path"),
    RCLONE_CA_CERT: bench.server.environment.caFile,
    RCLONE_RETRIES: "1",
    // This tool cannot start at all while the variable is set: its SDK meets a transport it does not know.
    AWS_CA_BUNDLE: "",
  };
  const rclone = (...parameters: string[]): Promise<string> => runClient(bench, "rclone", parameters, remote);
  const { folder, files } = makeTree(bench, "rclone-tree");
  await rclone("mkdir", "store:rclone-bucket");
  await rclone(
    "sync",
    "--s3-upload-cutoff",
    "5M",
    "--s3-chunk-size",
    "5M",
    folder,
    "store:rclone-bucket/tree",
  );
  await rclone("check", "--download", folder, "store:rclone-bucket/tree");
  assert.equal(
    (await rclone("lsf", "-R", "--files-only", "store:rclone-bucket/tree")).trim().split("\n").length,
    files.size,
  );
  await rclone("copy", "store:rclone-bucket/tree", "store:rclone-bucket/copy");
  await rclone("copy", "store:rclone-bucket/copy", join(bench.home, "rclone-back"));
  assertTree(join(bench.home, "rclone-back"), files);
  await rclone("cat", "--offset", "10", "--count", "5", "store:rclone-bucket/tree/big.bin");
  await rclone("purge", "store:rclone-bucket");
  bench.tally.add("rclone files", files.size);
}

export async function useS3cmd(bench: ClientWorkbench): Promise<void> {
  const { environment } = bench.server;
  const host = new URL(environment.endpoint).host;
  const config = join(bench.home, "s3cfg");
  writeFileSync(
    config,
    [
      "[default]",
      `access_key = ${environment.credentials.accessKeyId}`,
      `secret_key = ${environment.credentials.secretAccessKey}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      `bucket_location = ${environment.region}`,
      `ca_certs_file = ${environment.caFile}`,
      "use_https = True",
    ].join("\n"),
  );
  const s3cmd = (...parameters: string[]): Promise<string> =>
    runClient(bench, "s3cmd", ["-c", config, "--no-progress", ...parameters]);
  const { folder, files } = makeTree(bench, "s3cmd-tree");
  await s3cmd("mb", "s3://s3cmd-bucket");
  await s3cmd("sync", "--multipart-chunk-size-mb=5", `${folder}/`, "s3://s3cmd-bucket/tree/");
  assert.match(await s3cmd("ls", "-r", "s3://s3cmd-bucket/"), /25165824 .*big\.bin/);
  await s3cmd("cp", "s3://s3cmd-bucket/tree/sub/a b+c%.bin", "s3://s3cmd-bucket/copy");
  assert.match(await s3cmd("info", "s3://s3cmd-bucket/copy"), /File size:\s+65536/);
  mkdirSync(join(bench.home, "s3cmd-back"));
  await s3cmd("sync", "s3://s3cmd-bucket/tree/", `${join(bench.home, "s3cmd-back")}/`);
  assertTree(join(bench.home, "s3cmd-back"), files);
  await s3cmd("signurl", "s3://s3cmd-bucket/copy", "+60");
  await s3cmd("del", "--recursive", "--force", "s3://s3cmd-bucket");
  await s3cmd("rb", "s3://s3cmd-bucket");
  bench.tally.add("s3cmd files", files.size);
}

export async function useRestic(bench: ClientWorkbench): Promise<void> {
  const { environment } = bench.server;
  const restic = (...parameters: string[]): Promise<string> =>
    runClient(bench, "restic", ["--cacert", environment.caFile, ...parameters], {
      RESTIC_REPOSITORY: `s3:${environment.endpoint}/restic-bucket/repository`,
      RESTIC_PASSWORD: "correct horse",
      RESTIC_CACHE_DIR: join(bench.home, "restic-cache"),
    });
  const { folder, files } = makeTree(bench, "restic-tree");
  await restic("init");
  await restic("backup", folder);
  makeFile(bench, "restic-tree/added", 300_000);
  await restic("backup", folder);
  await restic("check", "--read-data");
  const back = join(bench.home, "restic-back");
  await restic("restore", "latest", "--target", back);
  assertTree(join(back, folder), files);
  await restic("forget", "--keep-last", "1", "--prune");
  await restic("check", "--read-data");
  bench.tally.add("restic files", files.size);
}
