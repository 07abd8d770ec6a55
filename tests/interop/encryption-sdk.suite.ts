import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { buildClient, CommitmentPolicy, KmsKeyringNode } from "@aws-crypto/client-node";
import { KMS } from "@aws-sdk/client-kms";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { PeerProcess, type PeerRequest } from "./peers/peer-process.ts";
import { buildPeerProgram, ENCRYPTION_SDK } from "./peers/peer-programs.ts";

const { encrypt, decrypt } = buildClient(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
/** Around the block, and around the frame of 4096 bytes. */
const SIZES = [0, 1, 16, 17, 4095, 4096, 4097, 1 << 20];
const CONTEXTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { department: "comptabilité", 部署: "経理 🗝" },
];

describe("AWS Encryption SDK for JavaScript and for Python, through our KMS", () => {
  let server: TestServer;
  let kms: KMS;
  let keyId = "";
  let python: PeerProcess | null = null;
  let missing = "";

  before(async () => {
    server = await startTestServer("encryption-sdk");
    const { endpoint, region, credentials, ca, variables } = server.environment;
    kms = new KMS({ endpoint, region, credentials, requestHandler: { httpsAgent: new Agent({ ca }) } });
    const { KeyMetadata } = await kms.createKey({ Description: "encryption SDK" });
    keyId = KeyMetadata?.Arn ?? "";
    const built = await buildPeerProgram("encryption-sdk-python", ENCRYPTION_SDK);
    if ("missing" in built) missing = built.missing;
    else python = new PeerProcess(built, variables);
  });

  after(async () => {
    await python?.close();
    kms?.destroy();
    await server.close();
  });

  const keyring = (): KmsKeyringNode =>
    new KmsKeyringNode({ generatorKeyId: keyId, clientProvider: () => kms as never });

  const cases = (): { size: number; context: Readonly<Record<string, string>>; plaintext: Buffer }[] =>
    SIZES.flatMap((size) =>
      CONTEXTS.map((context) => ({ size, context, plaintext: bytesOf(`sdk ${size}`, size) })),
    );

  const inFolder = (name: string): string => join(server.folder.path, name);

  const requestOf = (op: "put" | "get", context: Readonly<Record<string, string>>): PeerRequest => ({
    op,
    bucket: "",
    key: inFolder("message"),
    file: inFolder("plaintext"),
    suite: "",
    keyring: { kind: "kms", keyId },
    storage: "metadata",
    context,
  });

  test("JavaScript reads what it wrote", async () => {
    for (const { context, plaintext } of cases()) {
      const { result } = await encrypt(keyring(), plaintext, { encryptionContext: { ...context } });
      const opened = await decrypt(keyring(), result);
      assert.ok(opened.plaintext.equals(plaintext));
      for (const [name, value] of Object.entries(context))
        assert.equal(opened.messageHeader.encryptionContext[name], value);
    }
  });

  test("Python reads what JavaScript wrote, and what it wrote itself", async (t) => {
    if (python === null) return t.skip(missing);
    for (const { size, context, plaintext } of cases()) {
      writeFileSync(inFolder("plaintext"), plaintext);
      const { result } = await encrypt(keyring(), plaintext, { encryptionContext: { ...context } });
      for (const writer of ["JavaScript", "Python"]) {
        if (writer === "JavaScript") writeFileSync(inFolder("message"), result);
        else assert.deepEqual((await python.ask(requestOf("put", context))).ok, true);
        const answer = await python.ask(requestOf("get", context));
        assert.ok(answer.ok, answer.ok ? "" : `${writer} ${size}: ${answer.error}`);
        assert.equal(answer.sha256, createHash("sha256").update(plaintext).digest("hex"));
      }
    }
  });

  test("JavaScript reads what Python wrote", async (t) => {
    if (python === null) return t.skip(missing);
    for (const { context, plaintext } of cases()) {
      writeFileSync(inFolder("plaintext"), plaintext);
      const written = await python.ask(requestOf("put", context));
      assert.ok(written.ok, written.ok ? "" : written.error);
      const opened = await decrypt(keyring(), readFileSync(inFolder("message")));
      assert.ok(opened.plaintext.equals(plaintext));
    }
  });

  test("a message whose context was changed is refused by the KMS", async () => {
    const { result } = await encrypt(keyring(), "secret", { encryptionContext: { team: "red-team" } });
    const at = result.indexOf("red-team");
    assert.ok(at > 0);
    result.write("bad-team", at);
    await assert.rejects(decrypt(keyring(), result));
  });
});
