import assert from "node:assert/strict";
import { test } from "node:test";
import { createObjectStore } from "../create-object-store.ts";
import { createEngineFixture, putInput } from "../engine-fixture.ts";
import type { EventOrigin } from "./object-event.ts";
import { EventOutbox } from "./outbox.ts";

const origin: EventOrigin = { principalId: "AWS:x", sourceIp: "127.0.0.1", requestId: "R", hostId: "H" };

function setUp() {
  const fixture = createEngineFixture();
  const subscriptions = {
    targetsOf: (_bucket: unknown, _name: string, objectKey: string) =>
      objectKey.startsWith("told/") ? [{ name: "hook", configurationId: "rule" }] : [],
  };
  const engine = { ...fixture.engine, subscriptions };
  return { store: createObjectStore(engine), outbox: new EventOutbox(engine.index) };
}

test("what was committed waits to be told, in order, and nothing that was refused or that nobody asked for", async () => {
  const { store, outbox } = setUp();
  await store.createBucket({ bucket: "b", ownerId: "o", region: "r" });
  await store.setVersioning("b", "enabled");
  const announce = { name: "ObjectCreated:Put", origin } as const;
  const put = { ...putInput("b", "told/k", "12345"), announce };
  const { versionId, etag } = await store.putObject(put);
  await store.putObject({ ...putInput("b", "quiet", "x"), announce });
  await assert.rejects(store.putObject({ ...put, conditions: { ifNoneMatch: "*" } }));
  const removal = { bucket: "b", objectKey: "told/k", ownerId: "o" };
  const removed = { name: "ObjectRemoved", origin } as const;
  await store.deleteObject({ ...removal, announce: removed });
  await store.deleteObject({ ...removal, versionId, announce: { ...removed, name: "LifecycleExpiration" } });
  const entries = await outbox.list("hook", 10);
  const told = entries.map(({ event }) =>
    event.what === "object" ? event : assert.fail("no test was asked for"),
  );
  assert.deepEqual(
    told.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [
      ["ObjectCreated:Put", 5],
      ["ObjectRemoved:DeleteMarkerCreated", null],
      ["LifecycleExpiration:Delete", null],
    ],
  );
  assert.deepEqual([told[0]?.etag, told[0]?.versionId, told[2]?.versionId], [etag, versionId, versionId]);
  const orders = told.map(({ order }) => order ?? 0);
  assert.deepEqual(
    orders,
    orders.toSorted((a, b) => a - b),
  );
  assert.deepEqual(await outbox.targets(), ["hook"]);
  await outbox.remove(entries);
  assert.deepEqual([await outbox.targets(), await outbox.count("hook", 10)], [[], 0]);
});
