import { createRewrapJob } from "@strongroom/server";
import type { Command } from "commander";
import { openFolder } from "../open-folder.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";
import { watchRewrap } from "./keys-rewrap.ts";

/** `strongroom keys rotate`: a new SSE-S3 master key; everything is then wrapped under it. */
export function addKeysRotate(program: Command): void {
  const command = keysGroup(program)
    .command("rotate")
    .description(
      "make a new SSE-S3 master key, under which all data keys are then wrapped; works while the server runs",
    )
    .option("--watch", "stay until every data key is under it")
    .option(
      "--proof <FILE>",
      "with --watch: write the signed proof here that nothing is left under an older one",
    )
    .option("--json", "print objects instead of lines");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Record<string, unknown>) => {
    const { vault } = await openFolder(flagsOf(options));
    try {
      const version = await createRewrapJob(vault).rotate();
      const isJson = options["json"] === true;
      process.stdout.write(
        isJson ? `${JSON.stringify({ version })}\n` : `SSE-S3 master key version ${version} is current\n`,
      );
      if (options["watch"] === true) await watchRewrap(vault, isJson, options["proof"]);
    } finally {
      await vault.close();
    }
  });
}
