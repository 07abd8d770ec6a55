import assert from "node:assert/strict";
import { test } from "node:test";
import { runCrashes } from "./crash-run.ts";

const kills = Number(process.env["STRONGROOM_CRASH_KILLS"] ?? 300);
const seconds = Number(process.env["STRONGROOM_CRASH_SECONDS"] ?? "Infinity");
const seed = process.env["STRONGROOM_CRASH_SEED"] ?? String(Date.now());
/** Those that do not speak of a source or of versions. */
const PATHS = [
  ...["PutObject inline", "PutObject blob", "PutObject by default", "PostObject inline", "PostObject blob"],
  ...["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload", "AbortMultipartUpload"],
  ...["DeleteObject", "DeleteObject, a marker", "DeleteObject of a version", "DeleteObjects"],
  ...["UpdateObjectEncryption", "PutBucketEncryption", "PutObjectTagging", "DeleteObjectTagging"],
  ...["PutObjectAcl", "PutObjectRetention", "PutObjectLegalHold"],
];

test(`[L-132] ${kills} kills under load of every scheme and write path: acknowledged writes stay, none is half, nothing leaks`, async () => {
  const print = (line: string): void => console.log(line);
  print(`seed ${seed}`);
  const { tally, counts, problems } = await runCrashes({ kills, seconds, seed, print, awaitsSweep: true });
  tally.conclude(print, ["keys read back", "versions read back", "listed keys", "sweeps"]);
  for (const path of PATHS) assert.notEqual(counts.of(path), 0, `no ${path} was acknowledged`);
  assert.deepEqual(problems, []);
});
