import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, ServiceFixture } from "../service-fixture.ts";

const DAY_MS = 86_400_000;
const plaintext = Buffer.from("plain");
const encrypted = async (f: ServiceFixture, KeyId: string, more: object = {}) =>
  bytesOf(await f.run("Encrypt", { KeyId, Plaintext: plaintext, ...more }), "CiphertextBlob");

test("automatic rotation: at its time, not before, not while disabled", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  await f.run("EnableKeyRotation", { KeyId: id, RotationPeriodInDays: 90 });
  const materialId = async () =>
    Reflect.get(Object((await f.run("DescribeKey", { KeyId: id }))["KeyMetadata"]), "CurrentKeyMaterialId");
  const first = await materialId();
  f.clock.advance(90 * DAY_MS - 1);
  await f.service.maintain(() => assert.fail());
  assert.equal(await materialId(), first);
  await f.run("DisableKey", { KeyId: id });
  f.clock.advance(1);
  await f.service.maintain(() => assert.fail());
  assert.equal(await materialId(), first);
  await f.run("EnableKey", { KeyId: id });
  assert.equal((await f.service.maintain(() => assert.fail())).rotatedKeys, 1);
  assert.notEqual(await materialId(), first);
  assert.equal((await f.service.maintain(() => assert.fail())).rotatedKeys, 0);
  const status = await f.run("GetKeyRotationStatus", { KeyId: id });
  assert.deepEqual(status["NextRotationDate"], new Date(f.clock.nowMs() + 90 * DAY_MS));
  const { Rotations } = await f.run("ListKeyRotations", { KeyId: id });
  assert.equal(
    Reflect.get(Object(Array.isArray(Rotations) ? Rotations[0] : null), "RotationType"),
    "AUTOMATIC",
  );
});

test("a multi-Region key: its ciphertexts open in each region; the primary waits for its replicas", async () => {
  const f = new ServiceFixture();
  const there = f.root(undefined, "eu-west-1");
  const { id } = await f.createKey({ MultiRegion: true });
  const blob = await encrypted(f, id);
  assert.match(await f.refusal("Decrypt", { CiphertextBlob: blob }, there), /^AccessDeniedException: /);
  assert.match(
    await f.refusal("ReplicateKey", { KeyId: id, ReplicaRegion: "us-west-2" }),
    /^UnsupportedOperationException: /,
  );
  await f.run("ReplicateKey", { KeyId: id, ReplicaRegion: "eu-west-1" });
  assert.match(
    await f.refusal("ReplicateKey", { KeyId: id, ReplicaRegion: "eu-west-1" }),
    /^AlreadyExistsException: /,
  );
  assert.equal(
    bytesOf(await f.run("Decrypt", { CiphertextBlob: blob }, there), "Plaintext").toString(),
    "plain",
  );
  await f.run("RotateKeyOnDemand", { KeyId: id });
  assert.match(
    await f.refusal("RotateKeyOnDemand", { KeyId: id }, there),
    /^UnsupportedOperationException: /,
  );
  const fresh = await encrypted(f, id);
  assert.equal(
    bytesOf(await f.run("Decrypt", { CiphertextBlob: fresh }, there), "Plaintext").toString(),
    "plain",
  );

  assert.equal((await f.run("ScheduleKeyDeletion", { KeyId: id }))["KeyState"], "PendingReplicaDeletion");
  await f.run("ScheduleKeyDeletion", { KeyId: id, PendingWindowInDays: 7 }, there);
  f.clock.advance(8 * DAY_MS);
  await f.service.maintain(() => assert.fail());
  const { KeyMetadata: waiting } = await f.run("DescribeKey", { KeyId: id });
  assert.equal(Reflect.get(Object(waiting), "KeyState"), "PendingDeletion");
  assert.equal(f.secrets.count, 2);
  f.clock.advance(31 * DAY_MS);
  await f.service.maintain(() => assert.fail());
  assert.equal(f.secrets.count, 0);
});

test("[L-143] one damaged record stops neither lists nor the upkeep of other keys", async () => {
  const f = new ServiceFixture();
  const [good, bad] = [await f.createKey(), await f.createKey()];
  await f.run("EnableKeyRotation", { KeyId: good.id });
  await f.run("EnableKeyRotation", { KeyId: bad.id });
  f.clock.advance(366 * DAY_MS);
  const failing = new Error("lost");
  const create = f.secrets.create.bind(f.secrets);
  let calls = 0;
  f.secrets.create = async (name, secret) => {
    calls += 1;
    if (calls === 1) throw failing;
    return create(name, secret);
  };
  const failures: unknown[] = [];
  const report = await f.service.maintain((_, error) => failures.push(error));
  assert.deepEqual([report.rotatedKeys, report.failures], [1, 1]);
  assert.deepEqual(failures, [failing]);
});

test("[L-144] rotations that race: each happens, and no secret is left without its material", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  const services = [f.service, f.anotherProcess(), f.anotherProcess()];
  await Promise.all(services.map((service) => service.execute("RotateKeyOnDemand", { KeyId: id }, f.root())));
  const { Rotations } = await f.run("ListKeyRotations", { KeyId: id });
  assert.equal(Array.isArray(Rotations) && Rotations.length, 3);
  assert.equal(f.secrets.count, 4);
});

test("the upkeep looks at keys only when one changed or is due", async () => {
  const f = new ServiceFixture();
  const { id } = await f.createKey();
  await f.run("EnableKeyRotation", { KeyId: id, RotationPeriodInDays: 90 });
  let pages = 0;
  const page = f.records.page.bind(f.records);
  f.records.page = (prefix, after, limit) => {
    if (limit === 200) pages += 1;
    return page(prefix, after, limit);
  };
  const pass = () => f.service.maintain(() => assert.fail());
  await pass();
  assert.equal(pages, 1);
  await encrypted(f, id);
  await pass();
  f.clock.advance(89 * DAY_MS);
  await pass();
  assert.equal(pages, 1);
  f.clock.advance(DAY_MS);
  assert.equal((await pass()).rotatedKeys, 1);
  assert.equal(pages, 2);
  await f.createKey();
  await pass();
  assert.equal(pages, 3);
});
