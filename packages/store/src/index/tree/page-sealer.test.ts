import assert from "node:assert/strict";
import { createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { IndexIntegrityError } from "../index-port.ts";
import { PageSealer, RecordKind, SEAL_OVERHEAD_BYTES, tagOf } from "./page-sealer.ts";

const key = createSecretKey(randomBytes(32));

describe("PageSealer", () => {
  it("opens what it sealed, whatever the size", () => {
    const sealer = new PageSealer(key);
    for (const size of [0, 1, 15, 16, 17, 8128, 70_000]) {
      const plaintext = randomBytes(size);
      const sealed = sealer.seal(RecordKind.page, 5, plaintext);
      assert.equal(sealed.length, size + SEAL_OVERHEAD_BYTES);
      assert.deepEqual(new PageSealer(key).open(RecordKind.page, 5, sealed, tagOf(sealed)), plaintext);
    }
  });

  it("[SI-8] uses no salt and counter twice, across epochs and sealers", () => {
    const sealers = [new PageSealer(key, 10), new PageSealer(key, 10)];
    const seen = new Set<string>();
    for (let round = 0; round < 35; round++) {
      for (const sealer of sealers) {
        const head = sealer.seal(RecordKind.page, 1, Buffer.alloc(3)).toString("hex", 1, 25);
        assert.equal(seen.has(head), false);
        seen.add(head);
      }
    }
    assert.equal(new Set([...seen].map((head) => head.slice(0, 32))).size, 8);
  });

  it("[SI-6] binds kind and id", () => {
    const sealer = new PageSealer(key);
    const sealed = sealer.seal(RecordKind.page, 7, randomBytes(50));
    assert.throws(() => sealer.open(RecordKind.page, 8, sealed, tagOf(sealed)), IndexIntegrityError);
    assert.throws(() => sealer.open(RecordKind.value, 7, sealed, tagOf(sealed)), IndexIntegrityError);
    assert.throws(() => sealer.open(RecordKind.superblock, 7, sealed, null), IndexIntegrityError);
  });

  it("[SI-7] refuses an authentic record that is not the one the parent names", () => {
    const sealer = new PageSealer(key);
    const [first, second] = [1, 2].map(() => sealer.seal(RecordKind.page, 7, Buffer.from("same")));
    assert.ok(first !== undefined && second !== undefined);
    assert.throws(() => sealer.open(RecordKind.page, 7, first, tagOf(second)), /not the version/);
  });

  it("takes secret keys of 32 bytes only", () => {
    assert.throws(() => new PageSealer(createSecretKey(randomBytes(16))), TypeError);
    assert.throws(() => new PageSealer(generateKeyPairSync("ed25519").privateKey), TypeError);
  });
});
