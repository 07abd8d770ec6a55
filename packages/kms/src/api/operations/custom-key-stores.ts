import { structure } from "@strongroom/wire";
import { authorizeAction } from "../../access/authorize.ts";
import { unsupported } from "../../kms-error.ts";
import { defineOperation, type KmsOperation } from "../kms-operation.ts";

const NAMES = [
  "ConnectCustomKeyStore",
  "CreateCustomKeyStore",
  "DeleteCustomKeyStore",
  "DisconnectCustomKeyStore",
  "UpdateCustomKeyStore",
] as const;

/** The port for them is `key-stores/external-key.ts`; until it has a driver they are refused, plainly. */
export const changeCustomKeyStores: readonly KmsOperation[] = NAMES.map((name) =>
  defineOperation(name, structure({}), async (_, call) => {
    await authorizeAction(call, name);
    throw unsupported("Custom key stores are not supported.");
  }),
);

/** There is none, which is an answer and no error: clients list them before they do anything else. */
export const describeCustomKeyStores = defineOperation(
  "DescribeCustomKeyStores",
  structure({}),
  async (_, call) => {
    await authorizeAction(call, "DescribeCustomKeyStores");
    return { CustomKeyStores: [], Truncated: false };
  },
);
