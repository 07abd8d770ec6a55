import { type NewCredential, requireChosenCredentials } from "@strongroom/iam";
import type { SecretSource } from "@strongroom/kms";
import type { Config } from "./config.ts";
import type { DataFolder } from "./folder/data-folder.ts";
import type { Vault } from "./vault.ts";

/** Sets the root account's credentials as configured, or makes them once. Throws DefaultCredentials [L-118]. */
export async function ensureRootAccount(vault: Vault, config: Config): Promise<void> {
  await vault.accounts.ensureRoot(chosenCredential(config));
}

function chosenCredential(config: Config): NewCredential | null {
  if (config.rootCredentials === null) return null;
  const { accessKeyId, secretAccessKey } = config.rootCredentials;
  return { accessKeyId, secretAccessKey: requireChosenCredentials(accessKeyId, secretAccessKey) };
}

/** What the owner of a new server must know, before anything is stored. Holds no secret. */
export function firstStartNotice(config: Config, folder: DataFolder): string {
  return [
    "",
    ...rootNotice(config),
    "",
    `    ${folder.path}`,
    "",
    "Then, in the shell of a client on this machine:",
    "",
    `    eval "$(npx strongroom env --data-dir ${quoteForShell(folder.path)})"`,
    "    aws s3 mb s3://first-bucket",
    "",
    "",
  ].join("\n");
}

function rootNotice({ unsealWith, rootKeyFile }: Config): readonly string[] {
  const keyFile =
    unsealWith === null ? rootKeyFile : unsealWith.method === "key-file" ? nameOf(unsealWith.source) : null;
  if (keyFile !== null) {
    return [
      "This is the first start. A root key was made:",
      "",
      `    ${keyFile}`,
      "",
      "Every object, name and credential in the data folder is sealed under it. Its loss is the loss of everything:",
      "copy it now to a safe place that is not the place of your backups of",
    ];
  }
  return [
    "This is the first start. A root key was made, in one slot that --unseal-with opens and nothing else. With that",
    'lost everything is lost: stop the server, add another slot with "strongroom keys slots add" and make a backup with',
    '"strongroom keys backup". All are needed to read',
  ];
}

const nameOf = (source: SecretSource): string =>
  source.kind === "file" ? source.path : `the credential ${source.name}`;

/** One word for a POSIX shell, whatever is in it. */
export function quoteForShell(text: string): string {
  return /^[A-Za-z0-9_./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
