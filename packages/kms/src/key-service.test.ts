import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, OTHER_ACCOUNT, REGION, ServiceFixture } from "./service-fixture.ts";

const DAY_MS = 86_400_000;
const plaintext = Buffer.from("plain");
const encrypted = async (f: ServiceFixture, KeyId: string, more: object = {}) =>
  bytesOf(await f.run("Encrypt", { KeyId, Plaintext: plaintext, ...more }), "CiphertextBlob");
const decrypted = async (f: ServiceFixture, CiphertextBlob: Buffer, more: object = {}) =>
  bytesOf(await f.run("Decrypt", { CiphertextBlob, ...more }), "Plaintext").toString();

test("[kms.md §0.2] [§0.3] [L-135] the four ways to name a key, and who takes which", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  await f.run("CreateAlias", { AliasName: "alias/a", TargetKeyId: id });
  const aliasArn = arn.replace(`key/${id}`, "alias/a");
  for (const KeyId of [id, arn, "alias/a", aliasArn]) {
    const answer = await f.run("Encrypt", { KeyId, Plaintext: plaintext });
    assert.equal(answer["KeyId"], arn);
  }
  assert.equal(
    await f.refusal("DisableKey", { KeyId: "alias/a" }),
    "NotFoundException: Invalid keyId 'alias/a'",
  );
  assert.equal(await f.refusal("DescribeKey", { KeyId: "x" }), "NotFoundException: Invalid keyId 'x'");
  assert.match(await f.refusal("DescribeKey", { KeyId: "arn:aws:s3:::b" }), /^InvalidArnException: /);
  assert.match(
    await f.refusal("Encrypt", { KeyId: "alias/none", Plaintext: plaintext }),
    /^NotFoundException: Alias arn:.*alias\/none is not found\.$/,
  );
});

test("[L-133] a key id that does not exist stays one: nothing is made on demand", async () => {
  const f = new ServiceFixture();
  const KeyId = "134f2428-cec1-4b25-a1ae-9048164dba47";
  assert.match(
    await f.refusal("Encrypt", { KeyId, Plaintext: plaintext }),
    /^NotFoundException: Key '.*' does not exist$/,
  );
  assert.deepEqual((await f.run("ListKeys"))["Keys"], []);
});

test("[L-136] an alias that moved: old ciphertexts open, new ones are under the new key", async () => {
  const f = new ServiceFixture();
  const [first, second] = [await f.createKey(), await f.createKey()];
  await f.run("CreateAlias", { AliasName: "alias/a", TargetKeyId: first.id });
  const old = await encrypted(f, "alias/a");
  await f.run("UpdateAlias", { AliasName: "alias/a", TargetKeyId: second.id });
  assert.equal(await decrypted(f, old), "plain");
  const fresh = await f.run("Encrypt", { KeyId: "alias/a", Plaintext: plaintext });
  assert.equal(fresh["KeyId"], second.arn);
  assert.match(
    await f.refusal("Decrypt", { CiphertextBlob: old, KeyId: "alias/a" }),
    /^IncorrectKeyException: /,
  );
  const signing = await f.createKey({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" });
  assert.match(
    await f.refusal("UpdateAlias", { AliasName: "alias/a", TargetKeyId: signing.id }),
    /^ValidationException: /,
  );
  await f.run("DeleteAlias", { AliasName: "alias/a" });
  assert.match(await f.refusal("DeleteAlias", { AliasName: "alias/a" }), /^NotFoundException: /);
});

test("[kms.md §0.4] Decrypt: the blob names its key; what is not there and what is forbidden look alike", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const blob = await encrypted(f, id);
  assert.equal(await decrypted(f, blob), "plain");
  const stranger = f.user("stranger");
  const hidden = await f.refusal("Decrypt", { CiphertextBlob: blob }, stranger);
  const foreign = await f.refusal("Decrypt", { CiphertextBlob: blob }, f.root(OTHER_ACCOUNT));
  const unknown = Buffer.from(blob);
  unknown[7] = (unknown[7] ?? 0) ^ 1;
  const absent = await f.refusal("Decrypt", { CiphertextBlob: unknown });
  assert.match(
    hidden,
    /^AccessDeniedException: The ciphertext refers to a customer master key that does not exist/,
  );
  assert.equal(foreign, hidden);
  assert.equal(absent, hidden);
});

test("[L-131] [kms.md §0.6] five rotations: every generation opens, also in another process", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const blobs = [await encrypted(f, id)];
  for (let i = 0; i < 5; i += 1) {
    await f.run("RotateKeyOnDemand", { KeyId: id });
    blobs.push(await encrypted(f, id));
  }
  const other = f.anotherProcess();
  for (const CiphertextBlob of blobs) {
    const opened = await other.decrypt({
      caller: f.root(),
      keyId: null,
      ciphertextBlob: CiphertextBlob,
      encryptionContext: {},
    });
    assert.equal(opened.plaintext.expose().toString(), "plain");
  }
  const { Rotations } = await f.run("ListKeyRotations", { KeyId: id });
  assert.equal(Array.isArray(Rotations) && Rotations.length, 5);
  const { Rotations: all } = await f.run("ListKeyRotations", {
    KeyId: id,
    IncludeKeyMaterial: "ALL_KEY_MATERIAL",
  });
  assert.equal(Array.isArray(all) && all.length, 6);
});

test("[L-139] [L-144] disabling bites on the next request of every process", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  const other = f.anotherProcess();
  const request = { caller: f.root(), keyId: arn, encryptionContext: {} };
  const { ciphertextBlob } = await other.generateDataKey(request);
  await f.run("DisableKey", { KeyId: id });
  const isDisabled = { code: "DisabledException", message: `${arn} is disabled.` };
  await assert.rejects(other.generateDataKey(request), isDisabled);
  await assert.rejects(other.decrypt({ ...request, keyId: null, ciphertextBlob }), isDisabled);
  await f.run("EnableKey", { KeyId: id });
  assert.equal((await other.decrypt({ ...request, keyId: null, ciphertextBlob })).keyArn, arn);
});

test("[kms.md §0.9] [L-137] deletion waits for its window, can be cancelled, and then is for good", async () => {
  const f = new ServiceFixture();
  const { id, arn } = await f.createKey();
  const blob = await encrypted(f, id);
  for (const PendingWindowInDays of [1, 6, 31, 0]) {
    assert.match(
      await f.refusal("ScheduleKeyDeletion", { KeyId: id, PendingWindowInDays }),
      /^ValidationException: /,
    );
  }
  await f.run("ScheduleKeyDeletion", { KeyId: id, PendingWindowInDays: 7 });
  const pending = `KMSInvalidStateException: ${arn} is pending deletion.`;
  assert.equal(await f.refusal("Decrypt", { CiphertextBlob: blob }), pending);
  assert.equal(await f.refusal("ScheduleKeyDeletion", { KeyId: id }), pending);
  await f.run("CancelKeyDeletion", { KeyId: id });
  assert.equal(
    await f.refusal("Decrypt", { CiphertextBlob: blob }),
    `DisabledException: ${arn} is disabled.`,
  );
  await f.run("EnableKey", { KeyId: id });
  assert.equal(await decrypted(f, blob), "plain");

  await f.run("CreateAlias", { AliasName: "alias/a", TargetKeyId: id });
  await f.run("ScheduleKeyDeletion", { KeyId: id, PendingWindowInDays: 7 });
  f.clock.advance(7 * DAY_MS - 1);
  assert.equal(await f.refusal("Decrypt", { CiphertextBlob: blob }), pending);
  f.clock.advance(1);
  // The clock decides, not the upkeep: it is gone before anything was cleared away.
  assert.match(await f.refusal("CancelKeyDeletion", { KeyId: id }), /^NotFoundException: /);
  assert.equal(f.secrets.count, 1);
  const report = await f.service.maintain(() => assert.fail("upkeep failed"));
  assert.equal(report.deletedKeys, 1);
  assert.equal(f.secrets.count, 0);
  assert.match(
    await f.refusal("Decrypt", { CiphertextBlob: blob }),
    /^AccessDeniedException: The ciphertext refers/,
  );
  assert.match(await f.refusal("DescribeKey", { KeyId: "alias/a" }), /^NotFoundException: /);
  assert.deepEqual((await f.run("ListKeys"))["Keys"], []);
});

test("[kms.md §2.3] alias/aws/s3: one key an account, made once, used through S3 alone, rotated yearly", async () => {
  const f = new ServiceFixture();
  const caller = { ...f.user("reader"), viaService: `s3.${REGION}.amazonaws.com` };
  const request = { caller, keyId: "alias/aws/s3", encryptionContext: { "aws:s3:arn": "arn:aws:s3:::b/k" } };
  const other = f.anotherProcess();
  const made = await Promise.all([
    f.service.generateDataKey(request),
    other.generateDataKey(request),
    f.service.generateDataKey(request),
  ]);
  assert.equal(new Set(made.map((one) => one.keyArn)).size, 1);
  const [{ ciphertextBlob }] = made;
  const opened = await other.decrypt({ ...request, keyId: null, ciphertextBlob });
  assert.deepEqual(opened.plaintext.expose(), made[0].plaintext.expose());
  await assert.rejects(f.service.generateDataKey({ ...request, caller: f.user("reader") }), {
    code: "AccessDeniedException",
  });
  const direct = await f.refusal("Encrypt", { KeyId: "alias/aws/s3", Plaintext: plaintext });
  assert.match(direct, /^AccessDeniedException: /);
  const elsewhere = { ...f.root(OTHER_ACCOUNT), viaService: `s3.${REGION}.amazonaws.com` };
  await assert.rejects(f.service.decrypt({ ...request, caller: elsewhere, keyId: null, ciphertextBlob }), {
    code: "AccessDeniedException",
  });
  const KeyId = made[0].keyArn;
  for (const operation of ["DisableKey", "ScheduleKeyDeletion", "EnableKeyRotation", "DisableKeyRotation"]) {
    assert.match(await f.refusal(operation, { KeyId }), /^AccessDeniedException: /, operation);
  }
  assert.equal((await f.run("GetKeyRotationStatus", { KeyId }))["RotationPeriodInDays"], 365);
  f.clock.advance(365 * DAY_MS);
  assert.equal((await f.service.maintain(() => assert.fail())).rotatedKeys, 1);
  assert.equal(
    await f.refusal("CreateAlias", { AliasName: "alias/aws/mine", TargetKeyId: (await f.createKey()).id }),
    "NotAuthorizedException: ",
  );
});

test("pages: every entry once; a marker of another list or account is refused", async () => {
  const f = new ServiceFixture();
  const made = new Set<string>();
  for (let i = 0; i < 7; i += 1) made.add((await f.createKey()).id);
  const seen: string[] = [];
  let Marker: unknown;
  do {
    const page = await f.run("ListKeys", { Limit: 3, ...(Marker === undefined ? {} : { Marker }) });
    const keys: unknown = page["Keys"];
    if (Array.isArray(keys)) seen.push(...keys.map((key) => String(Reflect.get(Object(key), "KeyId"))));
    Marker = page["NextMarker"];
    assert.equal(page["Truncated"], Marker !== undefined);
  } while (Marker !== undefined);
  assert.deepEqual(new Set(seen), made);
  assert.equal(seen.length, 7);
  const { NextMarker } = await f.run("ListKeys", { Limit: 1 });
  assert.match(await f.refusal("ListAliases", { Marker: NextMarker }), /^InvalidMarkerException: /);
  assert.match(
    await f.refusal("ListKeys", { Marker: NextMarker }, f.root(OTHER_ACCOUNT)),
    /^InvalidMarkerException: /,
  );
  assert.match(await f.refusal("ListKeys", { Limit: 1001 }), /^ValidationException: /);
  assert.match(await f.refusal("ListAliases", { Limit: 101 }), /^ValidationException: /);
});

test("[kms.md §1.6] DryRun: every check runs, nothing is done", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const would = "DryRunOperationException: The request would have succeeded, but the DryRun option is set.";
  const input = { KeyId: id, Plaintext: plaintext, DryRun: true };
  assert.equal(await f.refusal("Encrypt", input), would);
  assert.match(await f.refusal("Encrypt", input, f.user("nobody")), /^AccessDeniedException: /);
  const grant = { KeyId: id, GranteePrincipal: f.root().accountId, Operations: ["Decrypt"], DryRun: true };
  assert.equal(await f.refusal("CreateGrant", grant), would);
  assert.deepEqual((await f.run("ListGrants", { KeyId: id }))["Grants"], []);
  const modified = { KeyId: id, DryRun: true, DryRunModifiers: ["IGNORE_CIPHERTEXT"] };
  assert.equal(await f.refusal("Decrypt", modified), would);
  await f.run("DisableKey", { KeyId: id });
  assert.match(await f.refusal("Encrypt", input), /^DisabledException: /);
});

test("what is not built says so", async () => {
  const f = new ServiceFixture();
  assert.match(
    await f.refusal("CreateCustomKeyStore", {
      CustomKeyStoreName: "x",
      CustomKeyStoreType: "EXTERNAL_KEY_STORE",
    }),
    /^UnsupportedOperationException: /,
  );
  assert.deepEqual((await f.run("DescribeCustomKeyStores"))["CustomKeyStores"], []);
  const xks = { Origin: "EXTERNAL_KEY_STORE", XksKeyId: "k" };
  assert.match(await f.refusal("CreateKey", xks), /^UnsupportedOperationException: /);
  assert.match(
    await f.refusal("CreateKey", { KeySpec: "SM2", KeyUsage: "SIGN_VERIFY" }),
    /^UnsupportedOperationException: /,
  );
  const { id } = await f.createKey();
  const recipient = {
    KeyId: id,
    KeySpec: "AES_256",
    Recipient: { KeyEncryptionAlgorithm: "RSAES_OAEP_SHA_256" },
  };
  assert.match(await f.refusal("GenerateDataKey", recipient), /^UnsupportedOperationException: /);
  assert.match(await f.refusal("NoSuchOperation"), /^UnknownOperationException: /);
});

test("GetKeyLastUsage tells of successful uses only", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  assert.deepEqual((await f.run("GetKeyLastUsage", { KeyId: id }))["KeyLastUsage"], {});
  const blob = await encrypted(f, id);
  await f.refusal("Decrypt", { CiphertextBlob: blob, EncryptionContext: { a: "b" } });
  const usage = (await f.run("GetKeyLastUsage", { KeyId: id }))["KeyLastUsage"];
  assert.equal(Reflect.get(Object(usage), "Operation"), "Encrypt");
});

test("[kms.md §2.4] a key that was used lately may be protected from deletion by policy", async () => {
  const f = new ServiceFixture();
  const Condition = { NumericGreaterThanEquals: { "kms:TrailingDaysWithoutKeyUsage": "30" } };
  const careful = f.user("careful", [
    { Effect: "Allow", Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource: "*", Condition },
  ]);
  const { id } = await f.createKey();
  f.clock.advance(29 * DAY_MS);
  await encrypted(f, id);
  f.clock.advance(29 * DAY_MS);
  assert.match(await f.refusal("DisableKey", { KeyId: id }, careful), /^AccessDeniedException: /);
  f.clock.advance(DAY_MS);
  assert.equal(await f.refusal("ScheduleKeyDeletion", { KeyId: id }, careful), "allowed");
});
