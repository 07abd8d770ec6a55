import { element } from "@strongroom/wire";
import { summarise } from "../account-summary.ts";
import { operation } from "../operation.ts";
import { NO_RESOURCE } from "../targets.ts";

export const getAccountSummary = operation({
  name: "GetAccountSummary",
  read: () => ({}),
  target: () => NO_RESOURCE,
  run: async (call) => [
    element(
      "SummaryMap",
      (await summarise(call)).map(([key, value]) =>
        element("entry", [element("key", key), element("value", value)]),
      ),
    ),
  ],
});
