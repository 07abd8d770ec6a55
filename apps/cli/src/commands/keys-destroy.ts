import { auditFolder, type Destruction, destroyMasterKeys } from "@strongroom/server";
import { type Command, InvalidArgumentError } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

/** `strongroom keys destroy --up-to VERSION`: for good; refused while anything hangs on what would go. */
export function addKeysDestroy(program: Command): void {
  const command = keysGroup(program)
    .command("destroy")
    .description(
      "destroy old versions of the SSE-S3 master key, for good; takes the proof that nothing hangs on them; works while the server runs",
    )
    .requiredOption("--up-to <VERSION>", "the newest version to destroy", parseVersion)
    .option("--json", "print an object instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(
    async ({ upTo, ...options }: Record<string, unknown>) => {
      const { vault, loaded } = await openFolder(flagsOf(options));
      const { dataDir, region } = loaded.config;
      try {
        const accounts = await vault.accounts.listAccounts();
        const accountId = accounts.find(({ isServerRoot }) => isServerRoot)?.accountId ?? "";
        const trailFolder = auditFolder(dataDir);
        const done = await destroyMasterKeys({ vault, trailFolder, region, accountId }, Number(upTo));
        process.stdout.write(options["json"] === true ? `${JSON.stringify(done)}\n` : describe(done));
      } finally {
        await vault.close();
      }
    },
  );
}

function describe({ destroyed, notErasable, surveyed }: Destruction): string {
  const what = destroyed.length === 0 ? "nothing was left to destroy" : `destroyed: ${destroyed.join(", ")}`;
  const lines = [`master key versions: ${what}; ${surveyed} data keys hang on later ones`];
  if (notErasable.length > 0) {
    lines.push(
      `made without an erasable half: ${notErasable.join(", ")}. Until the index has reused its old pages, whoever holds the root key might still find them there.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

function parseVersion(text: string): number {
  const version = Number(text);
  if (Number.isSafeInteger(version) && version > 0) return version;
  throw new InvalidArgumentError("not a version");
}
