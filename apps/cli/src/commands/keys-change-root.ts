import { changeRoot, OPENER_FORMS } from "@strongroom/kms";
import type { Command } from "commander";
import { openerOf, withRootPlace } from "../root-place.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";
import { printSlots } from "./keys-slots.ts";

/** `strongroom keys change-root`: a new root key in the same slots. */
export function addKeysChangeRoot(program: Command): void {
  const command = keysGroup(program)
    .command("change-root")
    .description("make a new root key in the same slots; data stays as it is; the server must be stopped")
    .option("--with <METHOD:SOURCE...>", `what opens the slots besides the one in use: ${OPENER_FORMS}`)
    .option("--drop <SLOT...>", "slots that the new root key is not put in");
  addSettingOptions(command, FOLDER_SETTINGS).action(async (options: Readonly<Record<string, unknown>>) => {
    const openers = textsOf(options["with"]).map(openerOf);
    const dropped = textsOf(options["drop"]);
    printSlots(await withRootPlace(flagsOf(options), (place) => changeRoot(place, openers, dropped)), false);
    process.stderr.write("Old copies of root.json open with what opened them: destroy them.\n");
  });
}

const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);
