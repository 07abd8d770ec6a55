import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { ManualClock } from "@strongroom/base";
import { Authorization, principalContext } from "@strongroom/iam";
import { KeyService, type KmsCaller, KmsError } from "@strongroom/kms";
import { S3KeyRequester, type S3Request } from "@strongroom/s3";
import { KeyServiceError } from "@strongroom/store";
import { dataFolder, prepareDataFolder } from "../folder/data-folder.ts";
import { openVault } from "../vault.ts";
import { ErasableFiles } from "./erasable-files.ts";
import { storeKeyService } from "./store-key-service.ts";

const REGION = "us-east-1";
const ACCOUNT = "111122223333";
const ARN = `arn:aws:iam::${ACCOUNT}:root`;
const principal = { kind: "root", accountId: ACCOUNT, arn: ARN, userId: ACCOUNT } as const;
const place = mkdtempSync(join(tmpdir(), "store-key-service-"));
after(() => rmSync(place, { recursive: true }));

const request: S3Request = {
  requestId: "0",
  method: "GET",
  bucket: "b",
  objectKey: "k",
  query: new Map(),
  header: () => undefined,
  headerNames: () => [],
  caller: { principal, session: null, accountId: ACCOUNT, canonicalUserId: "", arn: ARN, displayName: "" },
  signature: { kind: "header", signedAtMs: 0 },
  sourceIp: "192.0.2.1",
  secure: true,
  tlsVersion: "1.3",
  body: (async function* () {})(),
  integrity: {},
  readText: async () => "",
};

test("a stored key that was changed or moved is damage to be alarmed of, not a fault of the request", async () => {
  const dataDir = join(place, "data");
  prepareDataFolder(dataFolder(dataDir));
  const clock = new ManualClock(Date.UTC(2026, 10, 25));
  const vault = await openVault({ dataDir, rootKeyFile: join(place, "root.key") }, { create: true });
  try {
    const keyService = new KeyService({
      records: vault.records,
      secrets: new ErasableFiles(dataFolder(dataDir).keysDir),
      sealingKey: vault.keyServiceKey,
      authorizer: new Authorization(vault.identities),
      clock,
      principals: { findPrincipal: async () => ({ uniqueId: null }) },
      regions: [REGION],
    });
    const store = storeKeyService({
      keyService,
      region: REGION,
      nowMs: () => clock.nowMs(),
      generation: () => keyService.generation(),
    });
    const caller = {
      principal,
      accountId: ACCOUNT,
      region: REGION,
      context: principalContext(principal),
      viaService: null,
      sessionPolicies: null,
    };
    const made = await keyService.execute("CreateKey", {}, caller);
    const keyId = String(Reflect.get(Object(made?.["KeyMetadata"]), "Arn"));
    const requester = new S3KeyRequester(request);
    const context = { "aws:s3:arn": "arn:aws:s3:::b/k" };
    const { keyArn, plaintext, wrappedKey } = await store.generateDataKey({ requester, keyId, context });
    assert.deepEqual(
      (await store.decrypt({ requester, keyArn, context, wrappedKey })).expose(),
      plaintext.expose(),
    );
    const isDamage = (error: unknown) => error instanceof KeyServiceError && error.kind === "integrity";
    const moved = { "aws:s3:arn": "arn:aws:s3:::b/other" };
    await assert.rejects(store.decrypt({ requester, keyArn, context: moved, wrappedKey }), isDamage);
    const changed = Buffer.from(wrappedKey);
    changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
    await assert.rejects(store.decrypt({ requester, keyArn, context, wrappedKey: changed }), isDamage);
    await keyService.execute("DisableKey", { KeyId: keyArn }, caller);
    await assert.rejects(
      store.decrypt({ requester, keyArn, context, wrappedKey }),
      (error) => error instanceof KeyServiceError && error.kind !== "integrity",
    );
  } finally {
    await vault.close();
  }
});

test("the key service is told that S3 asks in the caller's name: kms:ViaService, aws:ViaAWSService, aws:CalledVia", async () => {
  let asking: KmsCaller | null = null;
  const store = storeKeyService({
    keyService: {
      generateDataKey: async ({ caller }) => {
        asking = caller;
        throw new KmsError("AccessDeniedException", "no");
      },
      decrypt: async () => {
        throw new KmsError("AccessDeniedException", "no");
      },
    },
    region: REGION,
    nowMs: () => 0,
    generation: async () => "",
  });
  const requester = new S3KeyRequester(request);
  await assert.rejects(store.generateDataKey({ requester, keyId: "k", context: {} }));
  const { viaService, context }: KmsCaller = Object(asking);
  assert.equal(viaService, `s3.${REGION}.amazonaws.com`);
  assert.deepEqual(context.find("aws:viaawsservice"), ["true"]);
  for (const key of ["aws:calledvia", "aws:calledviafirst", "aws:calledvialast"])
    assert.deepEqual(context.find(key), ["s3.amazonaws.com"]);
});
