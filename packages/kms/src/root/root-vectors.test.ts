import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { SecretBytes } from "@strongroom/base";
import { parseBundle, restoreBundle } from "./root-bundle.ts";
import { RootSeal } from "./root-seal.ts";
import { parseSlotOpener } from "./slot-opener.ts";

const VECTORS = new URL("../../../../vectors/kms/root-seal.json", import.meta.url);
const vectors: Readonly<Record<string, unknown>> = Object(JSON.parse(readFileSync(VECTORS, "utf8")));
const passphrase = String(vectors["passphrase"]);
const refuse = () => Promise.reject(new Error("none"));
const access = { kms: refuse, token: refuse, variable: () => passphrase };

async function digests(dataDir: string, opener: string): Promise<Record<string, string>> {
  const unsealWith = parseSlotOpener(opener);
  using seal = await RootSeal.open({ dataDir, rootKeyFile: join(dataDir, "none"), unsealWith, access });
  const digest = (key: SecretBytes): string => createHash("sha256").update(key.expose()).digest("hex");
  const known = Object.entries(seal.keys).filter(([name]) => name in Object(vectors["keySha256"]));
  return Object.fromEntries(known.map(([name, key]) => [name, digest(key)]));
}

/** Lays out a data folder and its key file. */
function place(
  t: TestContext,
  fixture: string | null,
): { readonly dataDir: string; readonly keyFile: string } {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-root-vectors-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [dataDir, keyFile] = [join(folder, "data"), join(folder, "key")];
  mkdirSync(dataDir);
  if (fixture !== null) {
    const { record, keyFile: key }: Record<string, unknown> = Object(vectors[fixture]);
    writeFileSync(join(dataDir, "root.json"), JSON.stringify(record));
    writeFileSync(keyFile, JSON.stringify(key), { mode: 0o600 });
  }
  return { dataDir, keyFile };
}

test("[L-138] records of both formats, made by an earlier program, open to the keys they held", async (t) => {
  for (const fixture of ["format1", "format2"]) {
    const { dataDir, keyFile } = place(t, fixture);
    assert.deepEqual(await digests(dataDir, `key-file:${keyFile}`), vectors["keySha256"], fixture);
  }
  const { dataDir } = place(t, "format2");
  assert.deepEqual(await digests(dataDir, "passphrase:env:PHRASE"), vectors["keySha256"]);
});

test("[L-138] an earlier backup restores", async (t) => {
  const { dataDir, keyFile } = place(t, null);
  using words = new SecretBytes(Buffer.from(passphrase));
  await restoreBundle({
    path: join(dataDir, "root.json"),
    bundle: parseBundle(JSON.stringify(vectors["bundle"])),
    passphrase: words,
    slot: { name: "new", opener: parseSlotOpener(`key-file:${keyFile}`), cost: null },
    access,
    isReplacing: false,
    prove: async () => {},
  });
  assert.deepEqual(await digests(dataDir, `key-file:${keyFile}`), vectors["keySha256"]);
});
