import { addSlot, type RootSlot, readSlots, removeSlot, type SlottedRecord } from "@strongroom/kms";
import type { Command } from "commander";
import { addNewSlotOptions, findRootPlace, newSlotOf, withRootPlace } from "../root-place.ts";
import { addSettingOptions, FOLDER_SETTINGS, flagsOf } from "../setting-options.ts";
import { keysGroup } from "./keys-group.ts";

type Options = Readonly<Record<string, unknown>>;

/** `strongroom keys slots list|add|remove`: the ways to open the root key. */
export function addKeysSlots(program: Command): void {
  const group = keysGroup(program).command("slots").description("work with the ways to open the root key");
  const list = group
    .command("list")
    .description("list the slots; opens nothing")
    .option("--json", "print objects");
  addSettingOptions(list, FOLDER_SETTINGS).action(async (options: Options) => {
    printSlots(await readSlots(findRootPlace(flagsOf(options)).path), options["json"] === true);
  });
  const add = group.command("add").description("add a slot; the server must be stopped");
  addSettingOptions(addNewSlotOptions(add), FOLDER_SETTINGS).action(async (options: Options) => {
    const slot = newSlotOf(options);
    printSlots(await withRootPlace(flagsOf(options), (place) => addSlot(place, slot)), false);
  });
  const remove = group
    .command("remove")
    .argument("<SLOT>", "name of the slot")
    .description("remove a slot, never the last one; the server must be stopped");
  addSettingOptions(remove, FOLDER_SETTINGS).action(async (name: string, options: Options) => {
    printSlots(await withRootPlace(flagsOf(options), (place) => removeSlot(place, name)), false);
    process.stderr.write("Old copies of root.json still have that slot: destroy them, or what opens it.\n");
  });
}

function describeSlot(slot: RootSlot): string {
  switch (slot.method) {
    case "key-file":
      return `key ${slot.keyId}`;
    case "kms":
      return slot.keyArn;
    case "pkcs11":
      return `key ${slot.object} in the token ${slot.token}`;
    case "passphrase":
      return `Argon2id, ${slot.cost.memoryKiB} KiB, ${slot.cost.passes} passes`;
  }
}

/** Names and methods; nothing here is secret. */
export function printSlots(record: SlottedRecord, isJson: boolean): void {
  const rows = record.slots.map((slot) => ({
    name: slot.name,
    method: slot.method,
    what: describeSlot(slot),
  }));
  if (isJson) {
    const { keyId, generation, deployment } = record;
    process.stdout.write(`${JSON.stringify({ keyId, generation, deployment, slots: rows }, null, 2)}\n`);
    return;
  }
  process.stdout.write(`root key ${record.keyId}, change ${record.generation}\n`);
  for (const { name, method, what } of rows)
    process.stdout.write(`${name.padEnd(16)} ${method.padEnd(12)} ${what}\n`);
}
