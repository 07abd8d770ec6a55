import assert from "node:assert/strict";
import { createSecretKey } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deriveAuditKeys, readTrail, TrailWriter } from "@strongroom/audit";
import { ManualClock, MemoryRecordStore } from "@strongroom/base";
import { evaluate, mapContext } from "@strongroom/iam";
import { KeyService, type KmsCaller, MemoryErasableSecrets } from "@strongroom/kms";
import { AuditLog } from "./audit-log.ts";
import { auditedKeyService } from "./kms-events.ts";
import { KMS_PARAMETERS } from "./kms-parameters.ts";

const ACCOUNT = "000011112222";
const caller: KmsCaller = {
  principal: { kind: "root", accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, userId: ACCOUNT },
  accountId: ACCOUNT,
  region: "us-east-1",
  context: mapContext({}),
  viaService: null,
  sessionPolicies: null,
};

/** Everything that the operations of this service take or give and that is nobody else's to know. */
const SECRET_MEMBERS = [
  "CiphertextBlob",
  "EncryptedKeyMaterial",
  "GrantToken",
  "GrantTokens",
  "ImportToken",
  "KeyStorePassword",
  "Mac",
  "Message",
  "Plaintext",
  "PrivateKeyPlaintext",
  "PublicKey",
  "Recipient",
  "SharedSecret",
  "Signature",
  "XksProxyAuthenticationCredential",
];

test("[L-110] no list of parameters names a secret", () => {
  assert.ok(KMS_PARAMETERS.size > 40);
  for (const [operation, names] of KMS_PARAMETERS) {
    for (const name of names) assert.ok(!SECRET_MEMBERS.includes(name), `${operation} ${name}`);
  }
});

test("[kms 5.1] a call's event names key, context, material, and what refused it, and holds no plaintext", async () => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-kms-events-"));
  const clock = new ManualClock(Date.UTC(2026, 10, 20));
  const keys = deriveAuditKeys(createSecretKey(Buffer.alloc(32, 3)));
  const writer = new TrailWriter({ folder, keys, clock });
  const records = Object.assign(new MemoryRecordStore(), { lastCommit: () => Math.random() });
  const bare = new KeyService({
    records,
    secrets: new MemoryErasableSecrets(),
    sealingKey: createSecretKey(Buffer.alloc(32, 4)),
    authorizer: {
      decide: (request, resource) =>
        evaluate(request, { identity: [], boundary: null, session: null }, resource),
    },
    principals: { findPrincipal: async () => ({ uniqueId: null }) },
    clock,
    regions: ["us-east-1"],
  });
  const service = auditedKeyService(bare, new AuditLog(writer, clock));
  try {
    const made = await service.execute("CreateKey", { Description: "told" }, caller);
    const KeyId = String(Reflect.get(Object(made?.["KeyMetadata"]), "Arn"));
    const Plaintext = Buffer.from("nobody else's").toString("base64");
    const EncryptionContext = { purpose: "test" };
    await service.execute("Encrypt", { KeyId, Plaintext, EncryptionContext, GrantTokens: [] }, caller);
    await assert.rejects(
      service.execute("Decrypt", { CiphertextBlob: Plaintext, EncryptionContext }, caller),
    );
    const events: Record<string, unknown>[] = [];
    let all = "";
    for await (const { text } of readTrail(folder, keys, { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })) {
      all += text;
      events.push({ ...Object(JSON.parse(text)) });
    }
    const [refused, encrypted, created] = events;
    assert.equal(refused?.["errorCode"], "InvalidCiphertextException");
    assert.deepEqual(encrypted?.["requestParameters"], {
      encryptionAlgorithm: "SYMMETRIC_DEFAULT",
      keyId: KeyId,
      encryptionContext: EncryptionContext,
    });
    assert.deepEqual(encrypted["resources"], [{ accountId: ACCOUNT, type: "AWS::KMS::Key", ARN: KeyId }]);
    assert.equal(encrypted["readOnly"], true);
    assert.equal(encrypted["responseElements"], null);
    assert.equal(created?.["readOnly"], false);
    assert.ok(!all.includes(Plaintext));
    await writer.close();
    await assert.rejects(service.execute("ListKeys", {}, caller), { code: "TrailUnwritable" });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
