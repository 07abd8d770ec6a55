import assert from "node:assert/strict";
import { test } from "node:test";
import { Pkcs11Error } from "@strongroom/pkcs11";
import { bytesOf, OTHER_ACCOUNT, OTHER_REGION, ServiceFixture } from "../service-fixture.ts";
import { CLUSTER, OTHER_CLUSTER } from "./memory-device.ts";

const STORE = { CustomKeyStoreName: "vault", CloudHsmClusterId: CLUSTER, KeyStorePassword: "correct-4711" };

class Bench extends ServiceFixture {
  id = "";

  static async withStore(): Promise<Bench> {
    const bench = new Bench();
    bench.id = String((await bench.run("CreateCustomKeyStore", STORE))["CustomKeyStoreId"]);
    return bench;
  }

  static async connected(): Promise<Bench> {
    const bench = await Bench.withStore();
    await bench.connect();
    return bench;
  }

  connect(): Promise<unknown> {
    return this.run("ConnectCustomKeyStore", { CustomKeyStoreId: this.id });
  }

  disconnect(): Promise<unknown> {
    return this.run("DisconnectCustomKeyStore", { CustomKeyStoreId: this.id });
  }

  async state(): Promise<string> {
    const { CustomKeyStores: stores } = await this.run("DescribeCustomKeyStores", {
      CustomKeyStoreId: this.id,
    });
    const store: object = Object(Array.isArray(stores) ? stores[0] : null);
    return [Reflect.get(store, "ConnectionState"), Reflect.get(store, "ConnectionErrorCode")]
      .join(" ")
      .trim();
  }

  storeKey(): Promise<{ id: string; arn: string }> {
    return this.createKey({ Origin: "AWS_CLOUDHSM", CustomKeyStoreId: this.id });
  }
}

test("a key of a custom key store opens what it sealed, and neither half does so alone", async () => {
  const bench = await Bench.connected();
  const key = await bench.storeKey();
  assert.deepEqual([...bench.device.keys.keys()], [key.id]);
  const EncryptionContext = { purpose: "test" };
  const sealed = await bench.run("Encrypt", {
    KeyId: key.id,
    Plaintext: Buffer.from("secret"),
    EncryptionContext,
  });
  const blob = bytesOf(sealed, "CiphertextBlob");
  assert.equal(blob.length, "secret".length + 152);
  assert.equal(blob[3], 2);
  const opened = await bench.run("Decrypt", { CiphertextBlob: blob, EncryptionContext });
  assert.equal(bytesOf(opened, "Plaintext").toString(), "secret");

  const refused = "InvalidCiphertextException: ";
  assert.equal(await bench.refusal("Decrypt", { CiphertextBlob: blob }), refused);
  for (const at of [3, 20, 24, 36, 60, blob.length - 1]) {
    const changed = Buffer.from(blob);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.equal(
      await bench.refusal("Decrypt", { CiphertextBlob: changed, EncryptionContext }),
      refused,
      `byte ${at}`,
    );
  }
  // What the service alone would make, or open.
  const plain = await bench.createKey();
  const own = bytesOf(
    await bench.run("Encrypt", { KeyId: plain.id, Plaintext: Buffer.from("x") }),
    "CiphertextBlob",
  );
  const forged = Buffer.concat([blob.subarray(0, 24), own.subarray(24)]);
  forged[3] = 0;
  assert.equal(await bench.refusal("Decrypt", { CiphertextBlob: forged, EncryptionContext }), refused);
  bench.device.keys.clear();
  assert.match(
    await bench.refusal("Decrypt", { CiphertextBlob: blob, EncryptionContext }),
    /^KeyUnavailableException: .*there is no such key/,
  );
});

test("the longest plaintext fits, and data keys, re-encryption and random bytes work", async () => {
  const bench = await Bench.connected();
  const key = await bench.storeKey();
  const Plaintext = Buffer.alloc(4096, 7);
  const blob = bytesOf(await bench.run("Encrypt", { KeyId: key.id, Plaintext }), "CiphertextBlob");
  const plain = await bench.createKey();
  const moved = await bench.run("ReEncrypt", { CiphertextBlob: blob, DestinationKeyId: plain.id });
  const opened = await bench.run("Decrypt", { CiphertextBlob: bytesOf(moved, "CiphertextBlob") });
  assert.deepEqual(bytesOf(opened, "Plaintext"), Plaintext);
  const made = await bench.run("GenerateDataKey", { KeyId: key.id, KeySpec: "AES_256" });
  const again = await bench.run("Decrypt", { CiphertextBlob: bytesOf(made, "CiphertextBlob") });
  assert.deepEqual(bytesOf(again, "Plaintext"), bytesOf(made, "Plaintext"));
  const random = await bench.run("GenerateRandom", { NumberOfBytes: 16, CustomKeyStoreId: bench.id });
  assert.equal(bytesOf(random, "Plaintext").length, 16);
});

test("a store that is disconnected, in any process, makes its keys unavailable at once", async () => {
  const bench = await Bench.connected();
  const key = await bench.storeKey();
  const other = bench.anotherProcess();
  const encrypt = { KeyId: key.id, Plaintext: Buffer.from("x").toString("base64") };
  await other.execute("Encrypt", encrypt, bench.root());
  assert.equal(bench.device.openCount, 2);
  await bench.disconnect();
  assert.equal(await bench.state(), "DISCONNECTED");
  await assert.rejects(other.execute("Encrypt", encrypt, bench.root()), /is unavailable/);
  const { KeyMetadata: metadata } = await bench.run("DescribeKey", { KeyId: key.id });
  assert.equal(Reflect.get(Object(metadata), "KeyState"), "Unavailable");
  assert.equal(Reflect.get(Object(metadata), "Enabled"), false);
  other.dropIdle();
  for (let round = 0; round < 20 && bench.device.openCount > 0; round++) await new Promise(setImmediate);
  assert.equal(bench.device.openCount, 0);
  await bench.connect();
  await other.execute("Encrypt", encrypt, bench.root());
});

test("a wrong password fails the store, is tried once, and can be put right", async () => {
  const bench = await Bench.withStore();
  bench.device.pin = "another-4711";
  await bench.connect();
  assert.equal(await bench.state(), "FAILED INVALID_CREDENTIALS");
  assert.match(
    await bench.refusal("ConnectCustomKeyStore", { CustomKeyStoreId: bench.id }),
    /^CustomKeyStoreInvalidState/,
  );
  assert.equal(bench.device.logins, 1);
  const update = { CustomKeyStoreId: bench.id, KeyStorePassword: "another-4711" };
  assert.match(await bench.refusal("UpdateCustomKeyStore", update), /^CustomKeyStoreInvalidState/);
  await bench.disconnect();
  await bench.run("UpdateCustomKeyStore", update);
  await bench.connect();
  assert.equal(await bench.state(), "CONNECTED");
  // A password that was changed in the device later: the first process to find out stops all of them.
  const key = await bench.storeKey();
  bench.device.pin = "third-4711";
  const encrypt = { KeyId: key.id, Plaintext: Buffer.from("x").toString("base64") };
  const logins = bench.device.logins;
  const refused = { code: "KeyUnavailableException" };
  await assert.rejects(bench.anotherProcess().execute("Encrypt", encrypt, bench.root()), refused);
  await assert.rejects(bench.anotherProcess().execute("Encrypt", encrypt, bench.root()), /is unavailable/);
  assert.equal(bench.device.logins, logins + 1);
  assert.equal(await bench.state(), "FAILED INVALID_CREDENTIALS");
});

test("a device that is away is asked again, and tells so", async () => {
  const bench = await Bench.withStore();
  bench.device.isAway = true;
  await bench.connect();
  assert.equal(await bench.state(), "FAILED NETWORK_ERRORS");
  bench.device.isAway = false;
  await bench.disconnect();
  await bench.connect();
  const key = await bench.storeKey();
  bench.device.isAway = true;
  const use = { KeyId: key.id, NumberOfBytes: 16 };
  assert.match(await bench.refusal("GenerateDataKey", use), /^KeyUnavailableException/);
  assert.match(
    await bench.refusal("CreateKey", { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: bench.id }),
    /^KeyUnavailableException/,
  );
  bench.device.isAway = false;
  assert.equal(await bench.refusal("GenerateDataKey", use), "allowed");
});

test("a store is deleted when it is disconnected and its last key is gone; the device's key goes with it", async () => {
  const bench = await Bench.connected();
  const remove = { CustomKeyStoreId: bench.id };
  const key = await bench.storeKey();
  assert.match(await bench.refusal("DeleteCustomKeyStore", remove), /^CustomKeyStoreInvalidState/);
  await bench.disconnect();
  assert.match(await bench.refusal("DeleteCustomKeyStore", remove), /^CustomKeyStoreHasCMKs/);
  await bench.run("ScheduleKeyDeletion", { KeyId: key.id, PendingWindowInDays: 7 });
  await bench.connect();
  bench.clock.advance(8 * 86_400_000);
  await bench.service.maintain((_, error) => assert.fail(String(error)));
  assert.equal(bench.device.keys.size, 0);
  await bench.disconnect();
  await bench.run("DeleteCustomKeyStore", remove);
  assert.match(await bench.refusal("DescribeCustomKeyStores", remove), /^CustomKeyStoreNotFound/);
  assert.deepEqual((await bench.run("DescribeCustomKeyStores"))["CustomKeyStores"], []);
});

test("a key whose device cannot be asked is gone all the same, and that is told", async () => {
  const bench = await Bench.connected();
  const key = await bench.storeKey();
  await bench.run("ScheduleKeyDeletion", { KeyId: key.id, PendingWindowInDays: 7 });
  bench.device.isAway = true;
  bench.clock.advance(8 * 86_400_000);
  const told: string[] = [];
  const report = await bench.service.maintain(
    () => assert.fail("nothing of it is tried again"),
    (keyArn) => told.push(keyArn),
  );
  assert.equal(report.deletedKeys, 1);
  assert.deepEqual(told, [key.arn]);
  assert.match(await bench.refusal("DescribeKey", { KeyId: key.id }), /^NotFound/);
});

test("names, clusters, accounts and regions are kept apart, and there are ten at most", async () => {
  const bench = await Bench.withStore();
  assert.match(await bench.refusal("CreateCustomKeyStore", STORE), /^CustomKeyStoreNameInUse/);
  assert.match(
    await bench.refusal("CreateCustomKeyStore", { ...STORE, CustomKeyStoreName: "other" }),
    /^CloudHsmClusterInUse/,
  );
  const unknown = { ...STORE, CustomKeyStoreName: "other", CloudHsmClusterId: "cluster-zzzzzzzzzzz" };
  assert.match(await bench.refusal("CreateCustomKeyStore", unknown), /^CloudHsmClusterNotFound/);
  assert.match(
    await bench.refusal("CreateCustomKeyStore", STORE, bench.root(OTHER_ACCOUNT)),
    /^CloudHsmClusterNotFound/,
  );
  for (const caller of [bench.root(OTHER_ACCOUNT), bench.root(undefined, OTHER_REGION)])
    assert.match(
      await bench.refusal("ConnectCustomKeyStore", { CustomKeyStoreId: bench.id }, caller),
      /^CustomKeyStoreNotFound/,
    );
  await bench.run("CreateCustomKeyStore", {
    ...STORE,
    CustomKeyStoreName: "two",
    CloudHsmClusterId: OTHER_CLUSTER,
  });
  const first = await bench.run("DescribeCustomKeyStores", { Limit: 1 });
  assert.equal(first["Truncated"], true);
  const second = await bench.run("DescribeCustomKeyStores", { Limit: 1, Marker: first["NextMarker"] });
  assert.equal(second["Truncated"], false);
  assert.notDeepEqual(first["CustomKeyStores"], second["CustomKeyStores"]);
});

test("what such keys and stores cannot do is refused, as is everyone without the permission", async () => {
  const bench = await Bench.connected();
  const inStore = { Origin: "AWS_CLOUDHSM", CustomKeyStoreId: bench.id };
  const unsupported = /^UnsupportedOperationException/;
  assert.match(
    await bench.refusal("CreateKey", { ...inStore, KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }),
    unsupported,
  );
  assert.match(await bench.refusal("CreateKey", { ...inStore, MultiRegion: true }), unsupported);
  assert.match(await bench.refusal("CreateKey", { CustomKeyStoreId: bench.id }), /^ValidationException/);
  assert.match(await bench.refusal("CreateKey", { Origin: "AWS_CLOUDHSM" }), /^ValidationException/);
  assert.match(
    await bench.refusal("CreateCustomKeyStore", { ...STORE, CustomKeyStoreType: "EXTERNAL_KEY_STORE" }),
    unsupported,
  );
  const key = await bench.storeKey();
  assert.match(await bench.refusal("EnableKeyRotation", { KeyId: key.id }), unsupported);
  assert.match(await bench.refusal("RotateKeyOnDemand", { KeyId: key.id }), unsupported);
  for (const operation of ["GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"])
    assert.match(
      await bench.refusal(operation, { KeyId: key.id, KeyPairSpec: "ECC_NIST_P256" }),
      unsupported,
    );
  assert.equal((await bench.run("GetKeyRotationStatus", { KeyId: key.id }))["KeyRotationEnabled"], false);
  const nobody = bench.user("nobody");
  for (const operation of ["ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DeleteCustomKeyStore"])
    assert.match(await bench.refusal(operation, { CustomKeyStoreId: bench.id }, nobody), /^AccessDenied/);
  assert.match(await bench.refusal("CreateCustomKeyStore", STORE, nobody), /^AccessDenied/);
  const secret = await bench.refusal("CreateCustomKeyStore", { ...STORE, KeyStorePassword: "s3cret" });
  assert.match(secret, /^ValidationException/);
  assert.ok(!secret.includes("s3cret"));
});

test("the password is in no record", async () => {
  const bench = await Bench.connected();
  const page = await bench.records.page(Buffer.alloc(0), null, 1000);
  assert.ok(page.length > 0);
  for (const { value } of page) {
    const text = Buffer.from(value).toString("latin1");
    for (const encoding of ["utf8", "hex", "base64"] as const)
      assert.ok(!text.includes(Buffer.from(STORE.KeyStorePassword).toString(encoding).replace(/=+$/, "")));
  }
});

test("a store that is changed while it is being connected is not connected by the old password or cluster", async () => {
  for (const change of [{ KeyStorePassword: "another-4711" }, { CloudHsmClusterId: OTHER_CLUSTER }]) {
    const bench = await Bench.withStore();
    const { device } = bench;
    const login = device.open.bind(device);
    const { promise: isTrying, resolve: tries } = Promise.withResolvers<void>();
    const { promise: mayGoOn, resolve: goOn } = Promise.withResolvers<void>();
    device.open = async (...place) => {
      tries();
      await mayGoOn;
      return login(...place);
    };
    const connecting = bench.connect();
    await isTrying;
    await bench.run("UpdateCustomKeyStore", { CustomKeyStoreId: bench.id, ...change });
    goOn();
    await connecting;
    assert.equal(await bench.state(), "DISCONNECTED");
    device.open = login;
    if (change.KeyStorePassword !== undefined) device.pin = change.KeyStorePassword;
    await bench.connect();
    assert.equal(await bench.state(), "CONNECTED");
    assert.equal(device.logins, 2);
  }
});

test("a refusal of a device tells a client what to do, and nothing of how the operator connected it", async () => {
  const bench = await Bench.connected();
  const key = await bench.storeKey();
  const { device } = bench;
  const where = "/usr/lib/vendor/module.so has no token with the label finance-1";
  device.open = () => Promise.reject(new Pkcs11Error("TokenMissing", where));
  const encrypt = { KeyId: key.id, Plaintext: Buffer.from("x").toString("base64") };
  const other = bench.anotherProcess();
  await assert.rejects(other.execute("Encrypt", encrypt, bench.root()), (error: Error) => {
    assert.match(error.message, /its device is not there/);
    assert.doesNotMatch(error.message, /module\.so|finance/);
    return true;
  });
});
