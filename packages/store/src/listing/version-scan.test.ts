import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createEngineFixture, putInput } from "../engine-fixture.ts";
import { versionIdOf } from "../objects/version-chain.ts";
import { VersionScan } from "./version-scan.ts";

test("a version that stays is told once, whatever is put and removed before it while a scan is under way", async () => {
  const moves = fc.array(fc.tuple(fc.nat(2), fc.boolean()), { maxLength: 30 });
  const law = fc.asyncProperty(moves, fc.integer({ min: 1, max: 4 }), async (script, limit) => {
    const { engine, store } = createEngineFixture();
    await store.createBucket({ bucket: "b", ownerId: "o", region: "r" });
    await store.setVersioning("b", "enabled");
    const staying: string[] = [];
    const newer: string[][] = [[], [], []];
    for (const at of [0, 1, 2]) {
      for (let count = 0; count < 2; count++) {
        staying.push((await store.putObject(putInput("b", `k${at}`, "stays"))).versionId);
      }
    }
    const rest = script[Symbol.iterator]();
    const move = async (): Promise<void> => {
      for (let count = 0; count < 2; count++) {
        const step = rest.next();
        if (step.done === true) return;
        const [at, isPut] = step.value;
        const versionId = isPut ? undefined : newer[at]?.pop();
        const objectKey = `k${at}`;
        if (versionId !== undefined) {
          await store.deleteObject({ bucket: "b", objectKey, versionId, ownerId: "o" });
        } else newer[at]?.push((await store.putObject(putInput("b", objectKey, "new"))).versionId);
      }
    };
    await move();
    const told: string[] = [];
    const scan = new VersionScan(engine, "b", "", null, limit);
    for (let found = await scan.next(); found !== null; found = await scan.next()) {
      told.push(versionIdOf(found.record));
      await move();
    }
    assert.equal(new Set(told).size, told.length, "one was told twice");
    assert.deepEqual(told.filter((id) => staying.includes(id)).toSorted(), staying.toSorted());
  });
  await fc.assert(law, { numRuns: 200 });
});
