import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { suite, test } from "node:test";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { ConfigurationError, MissingInstructionFileError, UsageError } from "../errors.ts";
import { AesKeyring } from "../keyrings/aes-keyring.ts";
import { readObjectVector } from "../testing/read-vectors.ts";
import { AES_KEY, read, sampleClient, store, TARGET } from "../testing/sample-client.ts";
import { S3EncryptionClient } from "./s3-encryption-client.ts";
import { Upload, type UploadProgress } from "./upload.ts";

const MIB = 1024 * 1024;

suite("a client", () => {
  const { client } = sampleClient();
  const keyring = new AesKeyring({ key: AES_KEY });
  const wrong: Readonly<Record<string, object>> = {
    "no keyring": { keyring: undefined },
    "a keyring that is none": { keyring: {} },
    "a client that encrypts already": { client },
    "a policy that forbids its algorithm": { commitmentPolicy: "FORBID_ENCRYPT_ALLOW_DECRYPT" },
    "an algorithm that its policy forbids": { encryptionAlgorithm: "ALG_AES_256_GCM_IV12_TAG16_NO_KDF" },
    "a legacy algorithm": { encryptionAlgorithm: "ALG_AES_256_CBC_IV16_NO_KDF" },
    "a policy that is none": { commitmentPolicy: "ALLOW_EVERYTHING" },
    "a buffer below a tag": { bufferSizeBytes: 15 },
    "a buffer above AES-GCM's limit": { bufferSizeBytes: 2 ** 36 - 31 },
    "a buffer and delayed authentication": { bufferSizeBytes: 1024, enableDelayedAuthentication: true },
    "instruction files that are written and never read": { instructionFiles: { write: true, read: false } },
    "a word for ranges that is none": { rangedGets: "sometimes" },
  };
  for (const [what, options] of Object.entries(wrong)) {
    test(`is not made with ${what}`, () => {
      const s3 = sampleClient().s3.client();
      assert.throws(() => new S3EncryptionClient({ client: s3, keyring, ...options }), ConfigurationError);
    });
  }

  test("passes on what touches no content", async () => {
    const { s3, client: passing } = sampleClient();
    s3.meddle = (_request, response) => ({
      ...response,
      statusCode: 200,
      body: Readable.from(["<ListBucketResult/>"]),
    });
    await passing.send(new ListObjectsV2Command({ Bucket: "bucket" }));
    assert.equal(s3.requests[0]?.method, "GET");
  });
});

test("a body in a command that is not recognized is never sent as it is", async () => {
  const { s3, client } = sampleClient();
  class PutObjectOfAnotherCopy {
    readonly input = { ...TARGET, Body: "plaintext" };
  }
  await assert.rejects(client.send(new PutObjectOfAnotherCopy() as never), UsageError);
  assert.equal(s3.requests.length, 0);
});

suite("HeadObject", () => {
  test("gives the plaintext's length and says how the object is encrypted", async () => {
    for (const write of [false, true]) {
      const { client } = sampleClient({ instructionFiles: { write } });
      await client.send(new PutObjectCommand({ ...TARGET, Body: "12345" }));
      const head = await client.send(new HeadObjectCommand(TARGET));
      assert.equal(head.ContentLength, 5);
      assert.equal(head.Encryption?.ciphertextBytes, 21);
      assert.equal(head.Encryption?.envelopeLocation, write ? "instruction-file" : "metadata");
    }
  });
  test("passes on what is not encrypted", async () => {
    const { s3, client } = sampleClient();
    s3.objects.set("bucket/key", { body: Buffer.from("plain"), metadata: {}, headers: {} });
    const head = await client.send(new HeadObjectCommand(TARGET));
    assert.equal(head.ContentLength, 5);
    assert.equal(head.Encryption, null);
  });
});

suite("deletes", () => {
  test("take the instruction file along", async () => {
    const { s3, client } = sampleClient({ instructionFiles: { write: true } });
    await client.send(new PutObjectCommand({ ...TARGET, Body: "x" }));
    assert.equal(s3.objects.size, 2);
    await client.send(new DeleteObjectCommand(TARGET));
    assert.equal(s3.objects.size, 0);
  });
  test("take one of another suffix along", async () => {
    const { s3, client } = sampleClient();
    s3.objects.set("bucket/key.shared", { body: Buffer.from(""), metadata: {}, headers: {} });
    await client.send(new DeleteObjectCommand(TARGET), { instructionFileSuffix: ".shared" });
    assert.equal(s3.objects.size, 0);
  });
  test("of a version, and with the option off, leave it", async () => {
    const { s3, client } = sampleClient({ instructionFiles: { delete: false } });
    await client.send(new DeleteObjectCommand(TARGET));
    await sampleClient({}, s3).client.send(new DeleteObjectCommand({ ...TARGET, VersionId: "v" }));
    assert.equal(s3.requests.length, 2);
  });
  test("of a thousand keys ask for a thousand instruction files in a second request", async () => {
    const { s3, client } = sampleClient();
    const Objects = Array.from({ length: 1000 }, (_, at) => ({ Key: `k${at}` }));
    const output = await client.send(new DeleteObjectsCommand({ Bucket: "bucket", Delete: { Objects } }));
    assert.equal(output.Deleted?.length, 1000);
    assert.deepEqual(
      s3.requests.map(({ body }) => body.toString().match(/<Key>/g)?.length),
      [1000, 1000],
    );
  });
});

suite("CopyObject", () => {
  const copy = { Bucket: "bucket", Key: "copy of key", CopySource: "/bucket/key" };
  for (const write of [false, true]) {
    for (const MetadataDirective of ["COPY", "REPLACE"] as const) {
      test(`${write ? "instruction file" : "metadata"}, ${MetadataDirective}: the copy can be read`, async () => {
        const { s3, client } = sampleClient({ instructionFiles: { write } });
        await client.send(new PutObjectCommand({ ...TARGET, Body: "x", Metadata: { old: "1" } }));
        const Metadata = MetadataDirective === "REPLACE" ? { fresh: "2" } : undefined;
        await client.send(new CopyObjectCommand({ ...copy, MetadataDirective, Metadata }));
        for (const suffix of ["", ".instruction"]) s3.objects.delete(`bucket/key${suffix}`);
        const moved = s3.object("bucket/copy of key");
        assert.equal(moved.metadata[MetadataDirective === "REPLACE" ? "fresh" : "old"] !== undefined, true);
        s3.objects.set("bucket/key", moved);
        const file = s3.objects.get("bucket/copy of key.instruction");
        if (file !== undefined) s3.objects.set("bucket/key.instruction", file);
        assert.equal(await read(client), "x");
      });
    }
  }
  test("of what is not encrypted is a plain copy", async () => {
    const { s3, client } = sampleClient();
    s3.objects.set("bucket/key", { body: Buffer.from("plain"), metadata: {}, headers: {} });
    await client.send(new CopyObjectCommand(copy));
    assert.equal(s3.object("bucket/copy of key").body.toString(), "plain");
  });
  test("without the instruction file that format 3 needs is refused", async () => {
    const { s3, client } = sampleClient({ instructionFiles: { write: true } });
    await client.send(new PutObjectCommand({ ...TARGET, Body: "x" }));
    s3.objects.delete("bucket/key.instruction");
    await assert.rejects(client.send(new CopyObjectCommand(copy)), MissingInstructionFileError);
  });
});

suite("multipart uploads by hand", () => {
  const begin = async () => {
    const { s3, client } = sampleClient();
    const { UploadId } = await client.send(new CreateMultipartUploadCommand(TARGET));
    const part = (PartNumber: number, Body: unknown, isLastPart = false) =>
      client.send(new UploadPartCommand({ ...TARGET, UploadId, PartNumber, Body: Body as string }), {
        isLastPart,
      });
    const complete = () => client.send(new CompleteMultipartUploadCommand({ ...TARGET, UploadId }));
    return { s3, client, UploadId, part, complete };
  };

  test("are one encryption through all parts, of any sizes", async () => {
    for (const bodies of [
      ["abc"],
      ["abc", ""],
      ["", "x"],
      ["a".repeat(17), "b".repeat(5), Readable.from([Buffer.from("c")])],
    ]) {
      const { client, part, complete } = await begin();
      for (const [at, body] of bodies.entries()) await part(at + 1, body, at === bodies.length - 1);
      await complete();
      assert.equal(
        await read(client),
        bodies.map((body) => (typeof body === "string" ? body : "c")).join(""),
      );
    }
  });
  test("send a repeated part as the same ciphertext, whatever its body", async () => {
    const { s3, client, part, complete } = await begin();
    await part(1, "first");
    await part(2, "second");
    await part(2, "SECOND");
    await part(3, "third", true);
    await complete();
    assert.equal(await read(client), "firstsecondthird");
    const sent = s3.requests.filter(({ target }) => target.includes("partNumber=2"));
    assert.equal(new Set(sent.map(({ body }) => body.toString("hex"))).size, 1);
  });
  test("refuse parts at the same time, out of order, and after the last", async () => {
    const { part } = await begin();
    const both = await Promise.allSettled([part(1, "a"), part(2, "b")]);
    assert.equal(both[1]?.status === "rejected" && both[1].reason instanceof UsageError, true);
    await part(5, "c");
    await assert.rejects(part(4, "d"), UsageError);
    await part(6, "e", true);
    await assert.rejects(part(7, "f"), UsageError);
  });
  test("are not completed before their last part", async () => {
    const { part, complete } = await begin();
    await part(1, "a");
    await assert.rejects(complete(), UsageError);
  });
  test("of another client, or aborted, are refused", async () => {
    const { client, part, UploadId } = await begin();
    const other = new UploadPartCommand({ ...TARGET, UploadId: "other", PartNumber: 1, Body: "a" });
    await assert.rejects(client.send(other), UsageError);
    await client.send(new AbortMultipartUploadCommand({ ...TARGET, UploadId }));
    await assert.rejects(part(1, "a"), UsageError);
  });
  test("go on after a part whose body failed", async () => {
    const { client, part, complete } = await begin();
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from("abc");
        throw new Error("disk");
      })(),
    );
    await assert.rejects(part(1, failing), /disk/);
    await part(1, "abc", true);
    await complete();
    assert.equal(await read(client), "abc");
  });
});

suite("Upload", () => {
  const run = async (Body: unknown, size: number | undefined, options: object = {}) => {
    const { s3, client } = sampleClient();
    const seen: UploadProgress[] = [];
    const params = {
      ...TARGET,
      Body: Body as Readable,
      ...(size === undefined ? {} : { ContentLength: size }),
    };
    const upload = new Upload({ client, params, ...options }).on("httpUploadProgress", (progress) =>
      seen.push(progress),
    );
    return { s3, client, upload, seen };
  };

  test("sends one encryption in parallel parts and tells its progress", async () => {
    const plaintext = randomBytes(12 * MIB + 17);
    const stream = Readable.from([plaintext.subarray(0, 7 * MIB), plaintext.subarray(7 * MIB)]);
    const { s3, client, upload, seen } = await run(stream, undefined);
    await upload.done();
    assert.equal(await read(client), plaintext.toString("latin1"));
    assert.equal(s3.requests.filter(({ target }) => target.includes("partNumber=")).length, 3);
    assert.equal(seen.at(-1)?.loaded, plaintext.length + 16);
  });
  test("puts what fits into one part at once, even nothing", async () => {
    for (const body of ["", "small"]) {
      const { s3, client, upload, seen } = await run(body, undefined);
      await upload.done();
      assert.equal(await read(client), body);
      assert.equal(s3.requests.filter(({ method }) => method === "POST").length, 0);
      assert.equal(seen.at(-1)?.total, body.length + 16);
    }
  });
  test("retries a part as the same ciphertext", async () => {
    const plaintext = randomBytes(6 * MIB);
    const { s3, client, upload } = await run(Readable.from([plaintext]), plaintext.length);
    const tries = new Map<string, string[]>();
    s3.meddle = ({ target, body }, response) => {
      if (!target.includes("partNumber=")) return undefined;
      const bodies = tries.get(target) ?? [];
      tries.set(target, [...bodies, body.toString("base64")]);
      return bodies.length === 0 ? { ...response, statusCode: 500 } : undefined;
    };
    await upload.done();
    for (const bodies of tries.values()) assert.equal(bodies.length === 2 && bodies[0] === bodies[1], true);
    s3.meddle = () => undefined;
    assert.equal(await read(client), plaintext.toString("latin1"));
  });
  test("ends, and takes its parts back, when one fails for good, when the body fails, and when it is aborted", async () => {
    const plaintext = randomBytes(11 * MIB);
    const failures: readonly [RegExp, (s3: Awaited<ReturnType<typeof run>>) => void, () => Readable][] = [
      [
        /./,
        ({ s3 }) => {
          s3.meddle = ({ target }, response) =>
            target.includes("partNumber=2") ? { ...response, statusCode: 403 } : undefined;
        },
        () => Readable.from([plaintext]),
      ],
      [
        /disk/,
        () => undefined,
        () =>
          Readable.from(
            (async function* () {
              yield plaintext;
              throw new Error("disk");
            })(),
          ),
      ],
      [
        /abort/i,
        ({ s3, upload }) => {
          s3.meddle = ({ target }) => {
            if (target.includes("partNumber=1")) void upload.abort();
            return undefined;
          };
        },
        () => Readable.from([plaintext.subarray(0, 6 * MIB), plaintext.subarray(6 * MIB)]),
      ],
    ];
    for (const [message, arrange, body] of failures) {
      const running = await run(body(), undefined, { queueSize: 1 });
      arrange(running);
      await assert.rejects(running.upload.done(), message);
      assert.equal(running.s3.objects.size, 0);
      assert.equal(running.s3.requests.at(-1)?.method, "DELETE");
    }
  });
  test("runs once, with sensible numbers", async () => {
    const { upload, client } = await run("x", undefined);
    await upload.done();
    await assert.rejects(upload.done(), UsageError);
    const params = { ...TARGET, Body: "x" };
    assert.throws(() => new Upload({ client, params, partSize: 1024 }), ConfigurationError);
    assert.throws(() => new Upload({ client, params, queueSize: 0 }), ConfigurationError);
    assert.throws(() => new Upload({ client, params: { ...params, ContentMD5: "x" } }), UsageError);
  });
});

suite("ranges", () => {
  const text = Buffer.from(readObjectVector("V3, raw AES").plaintextHex, "hex").toString();
  const keyring = new AesKeyring({ key: AES_KEY, enableLegacyWrappingAlgorithms: true });
  const commitmentPolicy = "REQUIRE_ENCRYPT_ALLOW_DECRYPT";
  const ranges = [
    "0-0",
    "0-15",
    "0-16",
    "5-",
    "20-25",
    "36-41",
    "40-100",
    "44-44",
    "44-",
    "0-",
    "16-31",
    "31-32",
    "45-",
    "1000-2000",
  ];
  for (const name of ["V3, raw AES", "V2, raw AES", "V1, raw AES"]) {
    for (const rangedGets of ["authenticated", "unauthenticated"] as const) {
      const isCbc = name.startsWith("V1");
      for (const range of isCbc ? ranges : [...ranges, "-1", "-16", "-44", "-100", "-0"]) {
        test(`${name}, ${rangedGets}, bytes=${range}`, async () => {
          const { s3, client } = sampleClient({
            keyring,
            commitmentPolicy,
            rangedGets,
            enableLegacyUnauthenticatedModes: true,
          });
          store(s3, readObjectVector(name));
          const [, first = "", last = ""] = /^(\d*)-(\d*)$/.exec(range) ?? [];
          const expected =
            first === ""
              ? last === "0"
                ? ""
                : text.slice(-Number(last))
              : text.slice(Number(first), last === "" ? undefined : Number(last) + 1);
          if (rangedGets === "unauthenticated" && first === "1000")
            return assert.rejects(read(client, { Range: `bytes=${range}` }));
          assert.equal(await read(client, { Range: `bytes=${range}` }), expected);
        });
      }
    }
  }
  test("say what vouches for them, in positions of the plaintext", async () => {
    const { GetObjectCommand } = await import("@aws-sdk/client-s3");
    for (const [rangedGets, authentication] of [
      ["authenticated", "verified"],
      ["unauthenticated", "none"],
    ] as const) {
      const { s3, client } = sampleClient();
      store(s3, readObjectVector("V3, raw AES"));
      const output = await client.send(new GetObjectCommand({ ...TARGET, Range: "bytes=40-100" }), {
        rangedGets,
      });
      assert.equal(output.Encryption.authentication, authentication);
      assert.equal(output.ContentRange, "bytes 40-44/45");
      assert.equal(output.ContentLength, 5);
    }
  });
  test("that are no single range get the whole object", async () => {
    const { s3, client } = sampleClient({ rangedGets: "unauthenticated" });
    store(s3, readObjectVector("V3, raw AES"));
    for (const Range of ["bytes=0-1,3-4", "bytes=5-2", "lines=1-2"])
      assert.equal(await read(client, { Range }), text);
  });
});
