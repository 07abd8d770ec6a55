import { createSecretKey, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeIndex } from "./index-conformance.ts";
import { LmdbIndex } from "./lmdb-index.ts";

describeIndex("LmdbIndex", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "strongroom-index-"));
  const index = await LmdbIndex.open({ folder, sealingKey: createSecretKey(randomBytes(32)) });
  context.after(async () => {
    await index.close();
    await rm(folder, { recursive: true });
  });
  return index;
});
