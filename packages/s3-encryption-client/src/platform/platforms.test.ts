// Both platforms do the same to the byte: OpenSSL on one side, WebCrypto with our GHASH on the other.
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { suite, test } from "node:test";
import fc from "fast-check";
import { concat } from "../bytes.ts";
import { LegacyDecryptionError, TamperedObjectError } from "../errors.ts";
import { platform as node } from "./node-platform.ts";
import type { CipherMode, GcmParameters, Platform, Transform } from "./platform.ts";
import { platform as web } from "./web-platform.ts";

const PLATFORMS: readonly [string, Platform][] = [
  ["node", node],
  ["web", web],
];
const MODES: readonly CipherMode[] = ["whole", "streamed"];
const chunks = fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 12 });
const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });

async function run(transform: Transform, pieces: readonly Uint8Array[]): Promise<Buffer> {
  const out: Uint8Array[] = [];
  for (const piece of pieces) out.push(await transform.update(piece));
  out.push(await transform.final());
  return Buffer.from(concat(out));
}

function expected({ key, nonce, additionalData }: GcmParameters, plaintext: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additionalData);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function split(body: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of [...sizes, body.length]) {
    pieces.push(body.subarray(at, at + size));
    at = Math.min(body.length, at + size);
  }
  return pieces;
}

suite("the platforms", () => {
  for (const [name, platform] of PLATFORMS) {
    for (const mode of MODES) {
      test(`${name}, ${mode}: AES-GCM in any pieces is AES-GCM`, async () => {
        await fc.assert(
          fc.asyncProperty(
            bytes(32),
            bytes(12),
            fc.uint8Array({ maxLength: 40 }),
            chunks,
            async (key, nonce, additionalData, pieces) => {
              const parameters = {
                key: key.slice(),
                nonce: nonce.slice(),
                additionalData: additionalData.slice(),
              };
              const sealed = await run(platform.gcmEncryptor(parameters, mode), pieces);
              assert.deepEqual(sealed, expected(parameters, concat(pieces)));
              const decryptor = platform.gcmDecryptor(parameters, mode);
              const opened: Uint8Array[] = [];
              for (const piece of split(sealed.subarray(0, -16), [1, 16, 33]))
                opened.push(await decryptor.update(piece));
              opened.push(await decryptor.final(sealed.subarray(-16)));
              assert.deepEqual(concat(opened), concat(pieces));
            },
          ),
          { numRuns: 60 },
        );
      });
      test(`${name}, ${mode}: another tag is refused`, async () => {
        const parameters = {
          key: new Uint8Array(32),
          nonce: new Uint8Array(12),
          additionalData: new Uint8Array(2),
        };
        const sealed = expected(parameters, new Uint8Array(20));
        sealed[35] = (sealed[35] ?? 0) ^ 1;
        const decryptor = platform.gcmDecryptor(parameters, mode);
        await decryptor.update(sealed.subarray(0, 20));
        await assert.rejects(async () => decryptor.final(sealed.subarray(20)), TamperedObjectError);
      });
    }
    test(`${name}: AES-CTR in any pieces`, async () => {
      await fc.assert(
        fc.asyncProperty(bytes(32), bytes(16), chunks, async (key, counter, pieces) => {
          // GCM counts in 32 bits, OpenSSL's CTR in 128: they differ where the low ones overflow, which no object reaches.
          counter[12] = 0;
          const cipher = createCipheriv("aes-256-ctr", key, counter);
          const out = await run(platform.ctrDecryptor(key.slice(), counter.slice()), pieces);
          assert.deepEqual(out, Buffer.concat([cipher.update(concat(pieces)), cipher.final()]));
        }),
        { numRuns: 60 },
      );
    });
    for (const size of [16, 32]) {
      test(`${name}: AES-CBC with ${size}-byte keys in any pieces, padded and not`, async () => {
        await fc.assert(
          fc.asyncProperty(bytes(size), bytes(16), chunks, async (key, iv, pieces) => {
            const plaintext = concat(pieces);
            const cipher = createCipheriv(`aes-${size * 8}-cbc`, key, iv);
            const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
            const cut = split(sealed, [1, 15, 16, 17, 40]);
            assert.deepEqual(
              await run(platform.cbcDecryptor(key.slice(), iv.slice(), true), cut),
              Buffer.from(plaintext),
            );
            const unpadded = await run(platform.cbcDecryptor(key.slice(), iv.slice(), false), [sealed]);
            assert.deepEqual(unpadded.subarray(0, plaintext.length), Buffer.from(plaintext));
          }),
          { numRuns: 60 },
        );
      });
    }
    test(`${name}: AES-CBC that does not end in padding is refused`, async () => {
      for (const body of [new Uint8Array(0), new Uint8Array(15), new Uint8Array(32)]) {
        await assert.rejects(
          run(platform.cbcDecryptor(new Uint8Array(32), new Uint8Array(16), true), [body]),
          LegacyDecryptionError,
        );
      }
    });
    test(`${name}: bodies have the SDK's methods`, async () => {
      const body = () =>
        platform.toBody(
          (async function* () {
            yield Buffer.from("grü");
            yield Buffer.from("ße");
          })(),
        ) as {
          transformToByteArray(): Promise<Uint8Array>;
          transformToString(encoding?: string): Promise<string>;
          transformToWebStream(): ReadableStream<Uint8Array>;
        };
      assert.equal(await body().transformToString(), "grüße");
      assert.equal((await body().transformToByteArray()).length, 7);
      assert.equal(await new Response(body().transformToWebStream()).text(), "grüße");
    });
  }
});
