import type { RootKeys } from "@strongroom/kms";
import { LmdbIndex } from "@strongroom/store";
import { dataFolder, isIndexMade } from "../folder/data-folder.ts";

/** Opens and closes the index that is there, if any, with these keys. Passes on why it does not open. */
export async function proveIndexOpens(dataDir: string, keys: RootKeys): Promise<void> {
  const folder = dataFolder(dataDir);
  if (!isIndexMade(folder)) return;
  const sealingKey = keys.indexSealing.toKeyObject();
  const index = await LmdbIndex.open({ folder: folder.indexDir, sealingKey, create: false });
  await index.close();
}
