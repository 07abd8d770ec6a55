// Changes a root record over and over until it is killed: started by root-changes.test.ts.
import { addSlot, changeRoot, type RootPlace, removeSlot } from "./root-changes.ts";
import { parseSlotOpener } from "./slot-opener.ts";

const [path = "", keyFile = "", otherKeyFile = ""] = process.argv.slice(2);
const refuse = (): Promise<never> => Promise.reject(new Error("no key service here"));
const place: RootPlace = {
  path,
  opener: parseSlotOpener(`key-file:${keyFile}`),
  access: { kms: refuse, token: refuse, variable: () => undefined },
};
const other = parseSlotOpener(`key-file:${otherKeyFile}`);
process.stdout.write("changing\n");
for (;;) {
  await addSlot(place, { name: "other", opener: other, cost: null });
  await changeRoot(place, [other], []);
  await removeSlot(place, "other");
}
