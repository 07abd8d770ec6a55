import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { runStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { makeKeys, openParticipants, type Participants, writePlaintexts } from "./interop-bench.ts";
import { ABILITIES } from "./matrix/abilities.ts";
import type { Plaintext } from "./matrix/matrix-run.ts";
import { CONTEXT_PAIRS, type KeyringKind, OURS, SHAPES, type Shape } from "./matrix/shapes.ts";
import { PEER_NAMES, type PeerName } from "./peers/peer-programs.ts";

const BUCKET = "interop";
const SIZE_BYTES = 17;
/** One place for the keys each: both are tried, and the command starts once an object. */
const STORAGE_OF = { aes: "metadata", rsa: "instruction", kms: "metadata" } as const;

describe("strongroom decrypt opens what the official clients wrote", () => {
  let server: TestServer;
  let participants: Participants;
  let keyrings: ReadonlyMap<KeyringKind, Readonly<Record<string, string>>> = new Map();
  let noKms: string | null = null;
  let plaintext: Plaintext = { file: "", sha256: "" };
  const tally = new Tally();

  before(async () => {
    server = await startTestServer("command-line", { workers: 1 });
    await server.makeBucket(BUCKET);
    participants = await openParticipants(server.environment);
    ({ keyrings, noKms } = await makeKeys(participants.kms));
    const made = writePlaintexts(join(server.folder.path, "plaintexts")).get(SIZE_BYTES);
    if (made !== undefined) plaintext = made;
    writeKeyFiles();
  });

  after(async () => {
    await participants?.close();
    await server.close();
    tally.conclude(console.log);
  });

  const inFolder = (name: string): string => join(server.folder.path, name);

  /** An AES key as raw bytes, an RSA key as PEM: what people have. */
  function writeKeyFiles(): void {
    const bytes = (kind: KeyringKind, name: string): Buffer =>
      Buffer.from(keyrings.get(kind)?.[name] ?? "", "base64");
    writeFileSync(inFolder("aes.key"), bytes("aes", "key"));
    const rsa = createPrivateKey({ key: bytes("rsa", "privateKey"), format: "der", type: "pkcs8" });
    writeFileSync(inFolder("rsa.pem"), rsa.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(inFolder("rsa.pub"), createPublicKey(rsa).export({ type: "spki", format: "pem" }));
  }

  const keyFlags = (shape: Shape): string[] => {
    if (shape.keyring !== "kms") return ["--key", inFolder(shape.keyring === "aes" ? "aes.key" : "rsa.pem")];
    return Object.entries(CONTEXT_PAIRS[shape.context]).flatMap(([name, value]) => [
      "--context",
      `${name}=${value}`,
    ]);
  };

  const strongroom = (...parameters: string[]): Promise<string> =>
    runStrongroom(parameters, server.environment.variables);

  async function write(name: PeerName, shape: Shape): Promise<string> {
    const key = [name, shape.suite, shape.keyring].join("/");
    const answer = await participants.all.get(name)?.ask({
      op: "put",
      bucket: BUCKET,
      key,
      file: plaintext.file,
      suite: shape.suite,
      storage: shape.storage,
      keyring: { kind: shape.keyring, ...keyrings.get(shape.keyring) },
      context: CONTEXT_PAIRS[shape.context],
    });
    assert.ok(answer?.ok, answer?.ok === false ? answer.error : "no such peer");
    return `s3://${BUCKET}/${key}`;
  }

  for (const name of PEER_NAMES) {
    test(name, async (t) => {
      const reason = participants.missing.get(name);
      if (reason !== undefined) return t.skip(reason);
      const shapes = SHAPES.filter(
        (shape) =>
          shape.context === "ascii" &&
          shape.storage === STORAGE_OF[shape.keyring] &&
          keyrings.has(shape.keyring) &&
          ABILITIES[name].write(shape) === null,
      );
      for (const shape of shapes) {
        const source = await write(name, shape);
        const isLegacy = shape.suite.startsWith("legacy");
        const out = inFolder("out");
        const flags = [...keyFlags(shape), ...(isLegacy ? ["--legacy"] : [])];
        const said: unknown = JSON.parse(
          await strongroom("decrypt", source, "--out", out, "--json", ...flags),
        );
        assert.ok(typeof said === "object" && said !== null);
        assert.equal("needs" in said && said.needs, shape.keyring, source);
        assert.equal("isLegacy" in said && said.isLegacy, isLegacy, source);
        assert.deepEqual(readFileSync(out), readFileSync(plaintext.file), source);
        tally.add(name);
      }
      if (shapes.length === 0) t.skip(`no KMS here: ${noKms}`);
    });
  }

  test("what it wrote itself with a public key, a peer reads", async (t) => {
    const peer = participants.all.get("java-v4");
    if (peer === undefined) return t.skip(participants.missing.get("java-v4"));
    await strongroom("encrypt", plaintext.file, `s3://${BUCKET}/ours`, "--key", inFolder("rsa.pub"));
    const answer = await peer.ask({
      op: "get",
      bucket: BUCKET,
      key: "ours",
      suite: "commit",
      keyring: { kind: "rsa", ...keyrings.get("rsa") },
      storage: "metadata",
      context: {},
    });
    assert.equal(answer.ok && answer.sha256, plaintext.sha256);
    tally.add(OURS);
  });

  test("a missing object, a wrong key and a plain object each say what to do next, and leave no file", async () => {
    const target = `s3://${BUCKET}/mine`;
    const out = inFolder("never");
    const refused = async (pattern: RegExp, ...parameters: string[]): Promise<void> => {
      await assert.rejects(strongroom("decrypt", ...parameters, "--out", out), pattern);
      assert.equal(existsSync(out), false);
    };
    await strongroom("encrypt", plaintext.file, target, "--key", inFolder("aes.key"));
    assert.match(
      await strongroom("decrypt", target, "--describe"),
      /format {4}3: AES-256-GCM with key commitment/,
    );
    await refused(/is wrapped with an AES key\n {2}give it with --key FILE/, target);
    await refused(/a key of the kind that the description above names/, target, "--key", inFolder("rsa.pem"));
    await refused(/there is no such object/, `s3://${BUCKET}/nothing`);
    const plain = await server.client.request({
      method: "PUT",
      bucket: BUCKET,
      objectKey: "plain",
      body: Buffer.from("x"),
    });
    assert.equal(plain.status, 200);
    await refused(/has no keys of an encryption client/, `s3://${BUCKET}/plain`);
  });
});
