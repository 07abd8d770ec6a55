import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { makeBundle, parseBundle, restoreBundle } from "./root-bundle.ts";
import { readSlots } from "./root-changes.ts";
import { RootSealError } from "./root-seal-error.ts";
import { Bench, CHEAP, changedOnce } from "./root-slot-fixture.ts";

test("a bundle restores on an empty machine, and over the same deployment when told (R-15, R-16) [L-173]", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.upgraded();
  using passphrase = new SecretBytes(Buffer.from("bundle passphrase"));
  using wrong = new SecretBytes(Buffer.from("bundle passphrasE"));
  const text = await makeBundle(bench.place(), passphrase, new Date(0), CHEAP);
  assert.throws(() => parseBundle(" ".repeat(70_000)), RootSealError);
  const other = new Bench(t);
  const slot = other.slot("new", `key-file:${other.file("new")}`);
  const restore = (bundle: string, target: Bench, more: object = {}): Promise<unknown> =>
    Promise.resolve().then(() =>
      restoreBundle({
        path: target.path,
        bundle: parseBundle(bundle),
        passphrase,
        slot,
        access: target.access,
        isReplacing: false,
        prove: async () => {},
        ...more,
      }),
    );
  await bench.refuses(restore(text, bench), "RecordExists", /--replace/);
  await bench.refuses(restore(text, bench, { passphrase: wrong }), "BundleRefused");
  for (const value of changedOnce(JSON.parse(text)))
    await assert.rejects(restore(JSON.stringify(value), bench, { isReplacing: true }), RootSealError);
  const proof = new Error("does not open");
  await assert.rejects(
    restore(text, bench, { isReplacing: true, prove: () => Promise.reject(proof) }),
    proof,
  );
  assert.equal(await bench.open(`key-file:${bench.file("first")}`), keys);
  await restore(text, bench, { isReplacing: true });
  assert.equal(await bench.open(`key-file:${other.file("new")}`), keys);
  await other.open(`key-file:${other.file("foreign")}`);
  await other.refuses(restore(text, other, { isReplacing: true }), "BundleRefused", /another deployment/);
  rmSync(other.path);
  await restore(text, other);
  assert.equal(await other.open(`key-file:${other.file("new")}`), keys);
  assert.equal((await readSlots(other.path)).deployment, parseBundle(text).deployment);
});

test("a bundle of format 1 restores too", async (t) => {
  const bench = new Bench(t);
  const keys = await bench.open(`key-file:${bench.file("one")}`);
  using passphrase = new SecretBytes(Buffer.from("bundle passphrase"));
  const bundle = parseBundle(
    await makeBundle(bench.place(`key-file:${bench.file("one")}`), passphrase, new Date()),
  );
  rmSync(bench.path);
  const slot = bench.slot("new", "passphrase:env:PHRASE");
  const { path, access } = bench;
  await restoreBundle({ path, access, bundle, passphrase, slot, isReplacing: false, prove: async () => {} });
  assert.equal(await bench.open("passphrase:env:PHRASE"), keys);
});
