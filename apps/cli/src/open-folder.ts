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
 * Opens the data folder beside a server that may be running. Without a word on the root key file, the one that the
 * server last used is taken.
 */
export async function openFolder(flags: Flags): Promise<OpenedFolder> {
  const loaded = loadConfig(flags);
  const { dataDir } = loaded.config;
  const state = findServerState(dataFolder(dataDir));
  const isNamed = loaded.shown["root-key-file"].origin !== "default";
  const rootKeyFile = isNamed || state === null ? loaded.config.rootKeyFile : state.rootKeyFile;
  const vault = await openVault({ dataDir, rootKeyFile }, { create: false });
  return { loaded, vault, endpoint: state?.endpoint ?? null };
}
