import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEngineFixture, putInput, readAll } from "./engine-fixture.ts";
import type { ObjectStore } from "./object-store.ts";
import { StoreError } from "./store-error.ts";

type Versioning = "unversioned" | "enabled" | "suspended";
/** One key's history as plain data, newest first. */
interface ModelVersion {
  id: string;
  body: string | null;
}

type Step =
  | { do: "put"; body: string }
  | { do: "delete" }
  | { do: "deleteVersion"; pick: number }
  | { do: "versioning"; state: "enabled" | "suspended" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("put" as const), body: fc.string({ maxLength: 8 }) }),
  fc.record({ do: fc.constant("delete" as const) }),
  fc.record({ do: fc.constant("deleteVersion" as const), pick: fc.nat() }),
  fc.record({
    do: fc.constant("versioning" as const),
    state: fc.constantFrom("enabled" as const, "suspended" as const),
  }),
);

async function listAll(
  store: ObjectStore,
  limit: number,
): Promise<{ id: string; latest: boolean; marker: boolean }[]> {
  const found = [];
  let next: { keyMarker: string; versionIdMarker: string } | null = { keyMarker: "", versionIdMarker: "" };
  while (next !== null) {
    const page = await store.listObjectVersions({ bucket: "b", prefix: "", delimiter: "", limit, ...next });
    for (const v of page.versions) {
      found.push({ id: v.versionId, latest: v.isLatest, marker: v.kind === "delete-marker" });
    }
    next = page.next;
  }
  return found;
}

async function compare(store: ObjectStore, model: readonly ModelVersion[], limit: number): Promise<void> {
  const listed = await listAll(store, limit);
  assert.deepEqual(
    listed,
    model.map(({ id, body }, at) => ({ id, latest: at === 0, marker: body === null })),
  );
  const [newest] = model;
  const objects = await store.listObjects({ bucket: "b", prefix: "", delimiter: "", after: "", limit: 10 });
  assert.equal(objects.objects.length, typeof newest?.body === "string" ? 1 : 0);
  if (typeof newest?.body === "string") assert.equal(await readAll(store, "b", "k"), newest.body);
  else
    await assert.rejects(
      readAll(store, "b", "k"),
      (error) => error instanceof StoreError && error.code === "NoSuchKey",
    );
  for (const { id, body } of model) {
    if (body !== null) assert.equal(await readAll(store, "b", "k", id), body);
    else
      await assert.rejects(
        readAll(store, "b", "k", id),
        (e) => e instanceof StoreError && e.code === "MethodNotAllowed",
      );
  }
}

function replaceNull(model: ModelVersion[], state: Versioning): ModelVersion[] {
  return state === "enabled" ? model : model.filter(({ id }) => id !== "null");
}

test("a key's history equals the model under any mix of puts, deletes and versioning changes [L-81]", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 25 }),
      fc.integer({ min: 1, max: 4 }),
      async (steps, limit) => {
        const { store } = createEngineFixture();
        await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
        let model: ModelVersion[] = [];
        let state: Versioning = "unversioned";
        for (const s of steps) {
          if (s.do === "put") {
            const body = Buffer.from(s.body).toString("latin1");
            const made = await store.putObject(putInput("b", "k", Buffer.from(body, "latin1")));
            model = [{ id: made.versionId, body }, ...replaceNull(model, state)];
          } else if (s.do === "delete") {
            const result = await store.deleteObject({ bucket: "b", objectKey: "k", ownerId: "owner" });
            if (state === "unversioned") model = [];
            else model = [{ id: result.versionId ?? "", body: null }, ...replaceNull(model, state)];
          } else if (s.do === "deleteVersion") {
            const chosen = model[s.pick % Math.max(1, model.length)];
            if (chosen === undefined) continue;
            await store.deleteObject({ bucket: "b", objectKey: "k", ownerId: "owner", versionId: chosen.id });
            model = model.filter((version) => version !== chosen);
          } else {
            await store.setVersioning("b", s.state);
            state = s.state;
          }
          await compare(store, model, limit);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("many writers of one key: every version is kept, none is half-written", async () => {
  const { store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  await store.setVersioning("b", "enabled");
  const bodies = Array.from({ length: 20 }, (_, at) => `body ${at}`);
  const made = await Promise.all(bodies.map((body) => store.putObject(putInput("b", "k", body))));
  assert.equal(new Set(made.map(({ versionId }) => versionId)).size, 20);
  for (const [at, { versionId }] of made.entries())
    assert.equal(await readAll(store, "b", "k", versionId), bodies[at]);
});

test("concurrent bucket settings never lose one another [L-57]", async () => {
  const { store } = createEngineFixture();
  await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
  const names = Array.from({ length: 12 }, (_, at) => `setting-${at}`);
  await Promise.all([
    ...names.map((name) => store.setBucketConfiguration("b", name, name)),
    store.setVersioning("b", "enabled"),
  ]);
  const bucket = await store.requireBucket("b");
  assert.equal(bucket.versioning, "enabled");
  assert.deepEqual(Object.keys(bucket.configuration).sort(), [...names].sort());
});

test("versions deleted all at once are all gone, though each removal moves the next one", async () => {
  for (let round = 0; round < 20; round++) {
    const { store, engine } = createEngineFixture();
    // Reads that take their time, as those of another process or of a database do.
    const get = engine.index.get.bind(engine.index);
    Object.assign(engine.index, {
      get: async (key: Uint8Array) => {
        for (let turns = Math.floor(Math.random() * 4); turns > 0; turns--) await new Promise(setImmediate);
        return get(key);
      },
    });
    await store.createBucket({ bucket: "b", ownerId: "owner", region: "r" });
    await store.setVersioning("b", "enabled");
    const ids: string[] = [];
    for (let at = 0; at < 8; at++)
      ids.push((await store.putObject(putInput("b", "k", `body ${at}`))).versionId);
    await Promise.all(
      ids.map((versionId) =>
        store.deleteObject({ bucket: "b", objectKey: "k", ownerId: "owner", versionId }),
      ),
    );
    await store.deleteBucket("b");
  }
});
