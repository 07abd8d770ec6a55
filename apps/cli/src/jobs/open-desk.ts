import {
  composeReencryption,
  dataFolder,
  findServerState,
  isAlive,
  type Reencryption,
  type SettingName,
} from "@strongroom/server";
import { openFolder } from "../open-folder.ts";
import { FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";

/** The settings that commands on jobs take. */
export const JOB_SETTINGS = [...FOLDER_SETTINGS, "key-regions"] as const satisfies SettingName[];

export interface OpenedDesk extends Reencryption {
  /** Whether a server runs on the folder: then it is the one who works on jobs. */
  isServed(): boolean;
}

/** Opens the data folder for a command on jobs, and closes it behind `work`. */
export async function atDesk(
  options: Readonly<Record<string, unknown>>,
  work: (opened: OpenedDesk) => Promise<void>,
): Promise<void> {
  const { vault, loaded } = await openFolder(flagsOf(options));
  try {
    const { config } = loaded;
    const reencryption = composeReencryption({ config, vault });
    const folder = dataFolder(config.dataDir);
    const isServed = (): boolean => (findServerState(folder)?.processes ?? []).some(isAlive);
    try {
      await work({ ...reencryption, isServed });
    } finally {
      await reencryption.close();
    }
  } finally {
    await vault.close();
  }
}
