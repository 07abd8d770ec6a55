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
    lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

const isInUse = (error: unknown): boolean => error instanceof ServerError && error.code === "DataFolderInUse";

test("a folder has one server, and is free the moment that one is killed", async () => {
  const holder = await holdInChild();
  assert.throws(() => lockFolder(folder), isInUse);
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = lockFolder(folder);
  assert.throws(() => lockFolder(folder), isInUse);
  lock.release();
  lockFolder(folder).release();
});
