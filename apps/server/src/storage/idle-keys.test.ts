import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock, test } from "node:test";
import { KeyService } from "@strongroom/kms";
import { composeKeyService } from "../compose.ts";
import { createKmsRewrapJob } from "../compose-jobs.ts";
import { loadConfig } from "../config.ts";
import { dataFolder, prepareDataFolder } from "../folder/data-folder.ts";
import { composeReencryption } from "../jobs/compose-reencryption.ts";
import { openVault } from "../vault.ts";
import { composeVerification } from "../verify/compose-verify.ts";

test("every key service of a process lets go of what nobody uses: for requests, jobs, the scrub and upkeep", async (t) => {
  const place = mkdtempSync(join(tmpdir(), "idle-keys-"));
  t.after(() => rmSync(place, { recursive: true }));
  const dataDir = join(place, "data");
  const { config } = loadConfig({ "data-dir": dataDir, "root-key-file": join(place, "root.key") });
  await prepareDataFolder(dataFolder(dataDir));
  const vault = await openVault(config, { create: true });
  const { mock: dropped } = mock.method(KeyService.prototype, "dropIdle", () => {});
  mock.timers.enable({ apis: ["setInterval"] });
  try {
    const input = { config, vault };
    const verification = composeVerification(config, vault);
    const reencryption = composeReencryption(input);
    createKmsRewrapJob(input);
    composeKeyService(input);
    mock.timers.tick(60_000);
    assert.equal(new Set(dropped.calls.map((call) => call.this)).size, 4);
    await verification.close();
    await reencryption.close();
  } finally {
    mock.timers.reset();
    mock.restoreAll();
    await vault.close();
  }
});
