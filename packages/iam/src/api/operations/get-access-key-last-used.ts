import { element } from "@strongroom/wire";
import { ACCESS_KEY_ID } from "../constraints.ts";
import { operation } from "../operation.ts";
import { findOwner } from "../own-access-key.ts";
import { printDate } from "../print-entities.ts";
import { noSuchEntity } from "../require-entity.ts";
import { holderTarget, NO_RESOURCE } from "../targets.ts";

/** To within five minutes. Of keys of other accounts it says what it says of keys that there are not. */
export const getAccessKeyLastUsed = operation({
  name: "GetAccessKeyLastUsed",
  read: (input) => ({ accessKeyId: input.required("AccessKeyId", ACCESS_KEY_ID) }),
  target: async (call, { accessKeyId }) => {
    const owner = await findOwner(call, accessKeyId);
    return owner === null ? NO_RESOURCE : holderTarget(call, "user", owner.name);
  },
  run: async (call, { accessKeyId }) => {
    const owner = await findOwner(call, accessKeyId);
    if (owner === null) throw noSuchEntity(`The Access Key with id ${accessKeyId} cannot be found`);
    const use = await call.accessKeyUses.find(accessKeyId);
    return [
      element("UserName", owner.name),
      element("AccessKeyLastUsed", [
        use === null ? undefined : printDate("LastUsedDate", use.usedMs),
        element("ServiceName", use?.service ?? "N/A"),
        element("Region", use?.region ?? "N/A"),
      ]),
    ];
  },
});
