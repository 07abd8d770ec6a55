import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MORE_REQUIREMENTS = ["pytest-timeout"];

/** A checkout of ceph/s3-tests and the Python that can run it. */
export interface Checkout {
  readonly folder: string;
  readonly commit: string;
  readonly python: string;
}

/** Finds the checkout that S3TESTS_DIR names; null when it is not set. */
export function findCheckout(): string | null {
  const folder = process.env["S3TESTS_DIR"];
  if (folder === undefined || folder === "") return null;
  if (!existsSync(join(folder, "s3tests", "functional", "test_s3.py")))
    throw new Error(`S3TESTS_DIR=${folder} is no checkout of https://github.com/ceph/s3-tests`);
  return folder;
}

/** Makes the virtual environment (S3TESTS_VENV, else in the user's cache folder) when the requirements changed. */
export async function prepareCheckout(folder: string): Promise<Checkout> {
  const venv = process.env["S3TESTS_VENV"] ?? join(homedir(), ".cache", "strongroom", "s3-tests-venv");
  const python = join(venv, "bin", "python");
  const requirements = join(folder, "requirements.txt");
  const wanted = createHash("sha256")
    .update(readFileSync(requirements))
    .update(MORE_REQUIREMENTS.join())
    .digest("hex");
  const stamp = join(venv, "requirements.sha256");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    process.stdout.write("making a Python environment for the suite\n");
    await run("python3", ["-m", "venv", venv]);
    await run(python, ["-m", "pip", "install", "--quiet", "-r", requirements, ...MORE_REQUIREMENTS]);
    writeFileSync(stamp, wanted);
  }
  const { stdout } = await run("git", ["-C", folder, "rev-parse", "HEAD"]);
  return { folder, commit: stdout.trim(), python };
}
