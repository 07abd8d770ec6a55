import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type RootPlace, readSlots, removeSlot, upgradeRoot } from "./root-changes.ts";
import { RootSeal } from "./root-seal.ts";
import { parseSlotOpener } from "./slot-opener.ts";

test("kill -9 at any moment of a change leaves the record of before or of after", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "strongroom-changes-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const dataDir = join(folder, "data");
  const file = (name: string): string => join(folder, "keys", name);
  const refuse = () => Promise.reject(new Error("none"));
  const access = { kms: refuse, token: refuse, variable: () => undefined };
  const open = async (rootKeyFile: string): Promise<string> => {
    using seal = await RootSeal.open({ dataDir, rootKeyFile });
    return seal.keys.indexSealing.expose().toString("hex");
  };
  const key = await open(file("one"));
  const path = join(dataDir, "root.json");
  const place = (name: string): RootPlace => ({
    path,
    opener: parseSlotOpener(`key-file:${file(name)}`),
    access,
  });
  await upgradeRoot(place("one"), {
    name: "first",
    opener: parseSlotOpener(`key-file:${file("first")}`),
    cost: null,
  });
  const child = new URL("./root-changes.child.ts", import.meta.url).pathname;
  let generation = 1;
  // On a busy machine a process may be killed before its first change: the later the round, the longer it lives.
  for (let round = 0; round < 5 || (generation === 1 && round < 60); round++) {
    const process_ = spawn(process.execPath, [child, path, file("first"), file("other")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const gone = once(process_, "close");
    await once(process_.stdout, "data");
    await sleep(3 + 7 * round);
    process_.kill("SIGKILL");
    await gone;
    assert.equal(await open(file("first")), key);
    assert.deepEqual(readdirSync(dataDir), ["root.json"], "what was staged is cleared");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const record = await readSlots(path);
    assert.ok(record.generation >= generation);
    generation = record.generation;
    if (record.slots.length === 2) await removeSlot(place("first"), "other");
  }
  assert.ok(generation > 1, "the rounds changed nothing");
});
