import { upgradeRoot } from "@strongroom/kms";
import type { Command } from "commander";
import { addNewSlotOptions, newSlotOf, withRootPlace } from "../root-place.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";
import { printSlots } from "./keys-slots.ts";

/** `strongroom keys upgrade-root`: a folder bound to one key file gets slots. */
export function addKeysUpgradeRoot(program: Command): void {
  const command = keysGroup(program)
    .command("upgrade-root")
    .description(
      "give a folder that one key file opens slots instead; data stays as it is; the server must be stopped",
    );
  addSettingOptions(addNewSlotOptions(command), FOLDER_SETTINGS).action(
    async (options: Readonly<Record<string, unknown>>) => {
      const slot = newSlotOf(options);
      printSlots(await withRootPlace(flagsOf(options), (place) => upgradeRoot(place, slot)), false);
      process.stderr.write(
        "From now on start with --unseal-with or, for a key file, --root-key-file. The server takes the former key file no\n" +
          "more, but whoever has it and the data can read them for ever: destroy all its copies once the new slot works.\n",
      );
    },
  );
}
