import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";

/** `strongroom account create NAME`: an account with one access key; the secret is shown this once. */
export function addAccountCreate(program: Command): void {
  const account = program.command("account").description("work with accounts");
  const command = account
    .command("create")
    .argument("<NAME>", "name of the account")
    .description("make an account with an access key; works while the server runs")
    .option("--json", "print an object instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(
    async (name: string, options: Record<string, unknown>) => {
      const { vault } = await openFolder(flagsOf(options));
      try {
        const made = await vault.accounts.createAccount(name);
        const shown = {
          accountId: made.account.accountId,
          canonicalUserId: made.account.canonicalUserId,
          accessKeyId: made.credential.accessKeyId,
          secretAccessKey: made.credential.secretAccessKey.expose().toString("latin1"),
        };
        made.credential.secretAccessKey.wipe();
        process.stdout.write(
          options["json"] === true ? `${JSON.stringify(shown, null, 2)}\n` : printLines(shown),
        );
      } finally {
        await vault.close();
      }
    },
  );
}

function printLines(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(16)} ${value}\n`)
    .join("");
}
