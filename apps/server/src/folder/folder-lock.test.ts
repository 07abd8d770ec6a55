import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ServerError } from "../server-error.ts";
import { lockFolder } from "./folder-lock.ts";

const folder = mkdtempSync(join(tmpdir(), "folder-lock-"));
after(() => rmSync(folder, { recursive: true }));

const MODULE = fileURLToPath(new URL("./folder-lock.ts", import.meta.url));

async function holdInChild(): Promise<ChildProcess> {
  const script = `import { lockFolder } from ${JSON.stringify(MODULE)};
    await lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

const isInUse = (error: unknown): boolean => error instanceof ServerError && error.code === "DataFolderInUse";

test("a folder has one server, and is free the moment that one is killed", async () => {
  const holder = await holdInChild();
  await assert.rejects(lockFolder(folder), isInUse);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = await lockFolder(folder);
  await assert.rejects(lockFolder(folder), isInUse);
  lock.release();
  (await lockFolder(folder)).release();
});

test("[L-142] of several that ask at the same instant, exactly one gets it", async () => {
  for (let round = 0; round < 5; round++) {
    const asked = await Promise.allSettled(Array.from({ length: 4 }, () => lockFolder(folder)));
    const held = asked.filter((result) => result.status === "fulfilled");
    assert.equal(held.length, 1);
    for (const { value } of held) value.release();
  }
});
