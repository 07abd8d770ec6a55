import assert from "node:assert/strict";
import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { open } from "lmdb";
import { describeIndex } from "./index-conformance.ts";
import { IndexIntegrityError } from "./index-port.ts";
import { LmdbIndex } from "./lmdb-index.ts";

describeIndex("LmdbIndex", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-index-"));
  const index = await LmdbIndex.open({ folder, sealingKey: createSecretKey(randomBytes(32)) });
  context.after(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });
  return index;
});

describe("LmdbIndex on disk", () => {
  it("[SI-2] refuses another sealing key, in clear words", async (context) => {
    const { folder, index } = await filled(context);
    await index.close();
    const open = LmdbIndex.open({ folder, sealingKey: createSecretKey(randomBytes(32)) });
    await assert.rejects(
      open,
      (error) => error instanceof IndexIntegrityError && /another key/.test(error.message),
    );
    const again = await LmdbIndex.open({ folder, sealingKey });
    assert.equal((await again.verify()).records, 500);
    await again.close();
  });

  it("[SI-1] keeps no key, value or payload id readable, beyond the ids it is given", async (context) => {
    const { folder, index } = await filled(context);
    await index.close();
    const bytes = await readFile(join(folder, "index.mdb"));
    assert.equal(bytes.includes("some-object-name"), false);
    assert.equal(bytes.includes("some-object-value"), false);
  });

  it("is for its owner alone", async (context) => {
    const { folder } = await filled(context);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const name of ["index.mdb", "index.mdb-lock"]) {
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
    }
  });

  it("[SI-4] refuses records whose bytes were changed in the file, and serves the others", async (context) => {
    const { folder, index } = await filled(context);
    const before = await index.verify();
    await index.close();
    const path = join(folder, "index.mdb");
    const bytes = await readFile(path);
    // One byte in the middle of each database page that looks like ciphertext: headers of LMDB are left alone.
    for (let at = bytes.length - 8192 * 4; at < bytes.length; at += 8192) {
      bytes[at + 4000] = (bytes[at + 4000] ?? 0) ^ 1;
    }
    await writeFile(path, bytes);
    const again = await LmdbIndex.open({ folder, sealingKey });
    let served = 0;
    let refused = 0;
    for (let at = 0; at < 500; at++) {
      try {
        assert.ok((await again.get(keyAt(at)))?.value.toString().startsWith("some-object-value"));
        served++;
      } catch (error) {
        assert.ok(error instanceof IndexIntegrityError);
        refused++;
      }
    }
    assert.equal(served + refused, before.records);
    assert.ok(refused > 0);
    await assert.rejects(again.verify(), IndexIntegrityError);
    await again.close();
  });

  it("[SI-2] refuses a store whose root record is gone, instead of making a new one", async (context) => {
    const { folder, index } = await filled(context);
    await index.close();
    const database = open({
      path: join(folder, "index.mdb"),
      noSubdir: true,
      overlappingSync: false,
      maxDbs: 2,
    });
    const pages = database.openDB<Buffer, Buffer>({
      name: "pages",
      encoding: "binary",
      keyEncoding: "binary",
    });
    await pages.remove(Buffer.alloc(6));
    await database.close();
    await assert.rejects(LmdbIndex.open({ folder, sealingKey }), /root record of the index is missing/);
  });

  it("reads without writing when opened read-only, and makes nothing", async (context) => {
    const { folder, index } = await filled(context);
    const reader = await LmdbIndex.open({ folder, sealingKey, readOnly: true });
    assert.ok((await reader.get(keyAt(3))) !== null);
    await assert.rejects(reader.commit({ deletes: [keyAt(3)] }), { code: "IndexReadOnly" });
    await index.commit({ deletes: [keyAt(3)] });
    assert.equal(await reader.get(keyAt(3)), null);
    await reader.close();
    const nowhere = LmdbIndex.open({ folder: join(folder, "nowhere"), sealingKey, readOnly: true });
    await assert.rejects(nowhere);
  });

  it("refuses keys, values and ids over the limits, and keeps the rest going", async (context) => {
    const { index } = await filled(context);
    const value = Buffer.alloc(1);
    for (const batch of [
      { puts: [{ key: Buffer.alloc(4097), value }] },
      { puts: [{ key: value, value: Buffer.alloc(16 * 1024 * 1024 + 1) }] },
      { putPayloads: [{ id: "", bytes: value }] },
      { putPayloads: [{ id: "x".repeat(257), bytes: value }] },
    ]) {
      await assert.rejects(index.commit(batch), { code: "InvalidRecord" });
    }
    await index.commit({ puts: [{ key: Buffer.alloc(4096), value }] });
  });

  it("answers commits that were waiting when it is closed", async (context) => {
    const { index } = await filled(context);
    const commits = Array.from({ length: 20 }, (_, at) => index.commit({ deletes: [keyAt(at)] }));
    await index.close();
    await Promise.all(commits);
  });
});

const sealingKey = createSecretKey(randomBytes(32));

function keyAt(at: number): Buffer {
  return Buffer.from(`some-object-name/${String(at).padStart(6, "0")}`);
}

async function filled(context: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-index-"));
  const index = await LmdbIndex.open({ folder, sealingKey });
  context.after(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });
  const value = Buffer.from("some-object-value".repeat(20));
  await index.commit({ puts: Array.from({ length: 500 }, (_, at) => ({ key: keyAt(at), value })) });
  return { folder, index };
}
