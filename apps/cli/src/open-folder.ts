import { parseSlotOpener } from "@strongroom/kms";
import {
  dataFolder,
  type Flags,
  findServerState,
  type LoadedConfig,
  loadConfig,
  openVault,
  type Vault,
} from "@strongroom/server";

export interface OpenedFolder {
  readonly loaded: LoadedConfig;
  readonly vault: Vault;
  /** Where the server was last told to listen; null before it ever ran. */
  readonly endpoint: string | null;
}

/**
 * Opens the data folder beside a server that may be running. Without a word on what opens the root, that which the
 * server last used is taken.
 */
export async function openFolder(flags: Flags): Promise<OpenedFolder> {
  const loaded = loadConfig(flags);
  const { dataDir } = loaded.config;
  const state = findServerState(dataFolder(dataDir));
  const vault = await openVault({ dataDir, ...rootAccess(loaded) }, { create: false });
  return { loaded, vault, endpoint: state?.endpoint ?? null };
}

/** What opens the root: as named, else as the server last did. */
export function rootAccess({
  config,
  shown,
}: LoadedConfig): Pick<LoadedConfig["config"], "rootKeyFile" | "unsealWith"> {
  const { rootKeyFile, unsealWith, dataDir } = config;
  const isNamed = (["root-key-file", "unseal-with"] as const).some(
    (name) => shown[name].origin !== "default",
  );
  const state = findServerState(dataFolder(dataDir));
  if (isNamed || state === null) return { rootKeyFile, unsealWith };
  return {
    rootKeyFile: state.rootKeyFile,
    unsealWith: state.unsealWith === null ? null : parseSlotOpener(state.unsealWith),
  };
}
