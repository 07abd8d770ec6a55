import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  awaitFormerProcesses,
  dataFolder,
  findServerState,
  prepareDataFolder,
  writeServerState,
} from "./data-folder.ts";
import { identifyProcess, isAlive } from "./process-identity.ts";

const root = mkdtempSync(join(tmpdir(), "data-folder-"));
after(() => rmSync(root, { recursive: true }));

test("only its owner may enter the data folder", () => {
  const folder = dataFolder(join(root, "a", "data"));
  prepareDataFolder(folder);
  assert.equal(statSync(folder.path).mode & 0o777, 0o700);
  assert.equal(statSync(folder.blobsDir).mode & 0o777, 0o700);
});

test("the state is read back, and anything else in its file is no state", () => {
  const folder = dataFolder(join(root, "state"));
  prepareDataFolder(folder);
  assert.equal(findServerState(folder), null);
  const state = {
    rootKeyFile: "/k",
    unsealWith: null,
    endpoint: "https://127.0.0.1:9000",
    processes: [identifyProcess(process.pid)],
  };
  writeServerState(folder, state);
  assert.deepEqual(findServerState(folder), state);
  for (const text of ["", "{", "null", "[]", '{"rootKeyFile":1}']) {
    writeFileSync(folder.stateFile, text);
    assert.equal(findServerState(folder), null, text);
  }
});

test("processes that a killed server left behind are waited for and then ended; others are left alone", async () => {
  const folder = dataFolder(join(root, "former"));
  prepareDataFolder(folder);
  const orphan = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  const stranger = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  const exited = once(orphan, "exit");
  const identities = [orphan, stranger].map(({ pid }) => identifyProcess(pid ?? 0));
  const [former, other] = identities;
  assert(former !== undefined && other !== undefined);
  // The stranger has the number of a former process that started at another time.
  const processes = [former, { pid: other.pid, started: "1" }];
  writeServerState(folder, { rootKeyFile: "/k", unsealWith: null, endpoint: "https://x", processes });
  assert.equal(isAlive(former), true);
  await awaitFormerProcesses(folder);
  await exited;
  assert.equal(isAlive(other), true);
  stranger.kill();
});
