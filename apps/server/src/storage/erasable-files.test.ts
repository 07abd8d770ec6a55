import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { ErasableFiles } from "./erasable-files.ts";

const folder = await mkdtemp(join(tmpdir(), "erasable-"));
after(() => rm(folder, { recursive: true }));
const name = "0123456789abcdef0123456789abcdef";

test("a secret is there until it is erased, and then nowhere", async () => {
  const files = new ErasableFiles(join(folder, "keys"));
  const secret = SecretBytes.random(32);
  const hex = secret.expose().toString("hex");
  await files.create(name, secret);
  await assert.rejects(files.create(name, secret), { code: "EEXIST" });
  assert.equal((await files.read(name))?.expose().toString("hex"), hex);
  const [path] = (await readdir(folder, { recursive: true })).filter((each) => each.endsWith(name));
  assert.equal((await stat(join(folder, path ?? ""))).mode & 0o777, 0o600);
  // A second name of the same file shows what was written over it.
  const { link } = await import("node:fs/promises");
  await link(join(folder, path ?? ""), join(folder, "kept"));
  await files.erase(name);
  assert.equal(await files.read(name), null);
  assert.notEqual((await readFile(join(folder, "kept"))).toString("hex"), hex);
  await files.erase(name);
});

test("names are hexadecimal: none leaves the folder", async () => {
  const files = new ErasableFiles(join(folder, "keys"));
  await assert.rejects(files.read("../../../../etc/passwd"), TypeError);
});
