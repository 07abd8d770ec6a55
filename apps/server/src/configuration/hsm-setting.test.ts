import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHsmClusters } from "./hsm-setting.ts";

const URI = "pkcs11:token=vault%20one?module-path=/usr/lib/module.so";

test("clusters are read with their account and their token", () => {
  assert.deepEqual(
    parseHsmClusters(`cluster-abc234567ab@111122223333=${URI}, cluster-ABCDEFGHIJK@444455556666=${URI}`),
    [
      {
        clusterId: "cluster-abc234567ab",
        accountId: "111122223333",
        uri: { token: "vault one", object: null, modulePath: "/usr/lib/module.so", pinSource: null },
      },
      {
        clusterId: "cluster-ABCDEFGHIJK",
        accountId: "444455556666",
        uri: { token: "vault one", object: null, modulePath: "/usr/lib/module.so", pinSource: null },
      },
    ],
  );
});

test("other names, accounts, addresses and PINs are refused", () => {
  for (const text of [
    "",
    URI,
    `cluster-short@111122223333=${URI}`,
    `cluster-abc234567a1@111122223333=${URI}`,
    `cluster-abc234567ab=${URI}`,
    `cluster-abc234567ab@11=${URI}`,
    "cluster-abc234567ab@111122223333=pkcs11:token=x",
    `cluster-abc234567ab@111122223333=${URI}&pin-source=env:PIN`,
    `cluster-abc234567ab@111122223333=${URI}&pin-value=4711`,
    `cluster-abc234567ab@111122223333=pkcs11:token=x;object=y?module-path=/m.so`,
    `cluster-abc234567ab@111122223333=${URI},cluster-abc234567ab@444455556666=${URI}`,
  ])
    assert.throws(() => parseHsmClusters(text), RangeError, text);
});
