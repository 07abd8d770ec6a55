import assert from "node:assert/strict";
import { mock, test } from "node:test";
import type { CustomKeyStore } from "./custom-key-store.ts";
import type { KeyDevice } from "./key-device.ts";
import { OpenDevices, type StorePlace } from "./open-devices.ts";

const PLACE: StorePlace = { accountId: "111122223333", region: "r", id: "cks-1" };
const storeOf = (connection: number): CustomKeyStore => ({
  ...{ id: "cks-1", name: "n", clusterId: "c", trustAnchor: undefined, password: Buffer.alloc(0) },
  ...{ createdMs: 0, state: "CONNECTED", errorCode: undefined, connection, keyCount: 0 },
});

function deviceThat(onClose: () => void): KeyDevice {
  const no = () => Promise.reject(new Error("not here"));
  return { createKey: no, destroyKey: no, seal: no, unseal: no, random: no, close: onClose };
}

test("a device that cannot be opened is not tried for each request, and again a little later", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    let tries = 0;
    const open = () => {
      tries++;
      return Promise.reject(new Error("away"));
    };
    const devices = new OpenDevices(open, () => false);
    for (let request = 0; request < 10; request++)
      await assert.rejects(devices.of(PLACE, storeOf(1)), /away/);
    assert.equal(tries, 1);
    // Whoever connects it anew is answered by the device.
    await assert.rejects(devices.of(PLACE, storeOf(2)), /away/);
    assert.equal(tries, 2);
    mock.timers.tick(2_000);
    await assert.rejects(devices.of(PLACE, storeOf(2)), /away/);
    assert.equal(tries, 3);
  } finally {
    mock.timers.reset();
  }
});

test("what is connected anew while it is looked for what nobody needs stays open", async () => {
  const closed: number[] = [];
  const devices = new OpenDevices(
    async (_, { connection }) => deviceThat(() => closed.push(connection)),
    () => false,
  );
  await devices.of(PLACE, storeOf(1));
  await devices.closeUnused(async () => {
    await devices.of(PLACE, storeOf(2));
    return storeOf(2);
  });
  await new Promise(setImmediate);
  assert.deepEqual(closed, [1]);
});
