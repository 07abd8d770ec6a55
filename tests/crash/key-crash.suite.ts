import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { test } from "node:test";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { makeScratchFolder } from "../harness/scratch-folder.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { WireClient } from "../harness/wire-client.ts";

const KILLS = Number(process.env["STRONGROOM_KEY_KILLS"] ?? 5);
const LANES = 4;

/** What the server acknowledged: each must open, whatever came after. */
interface Acknowledged {
  readonly blob: string;
  readonly plaintext: string;
}

interface Load {
  readonly acknowledged: Acknowledged[];
  rotations: number;
}

/** Makes keys, seals and rotates until the server is gone. */
async function runLane(client: WireClient, load: Load): Promise<void> {
  try {
    for (;;) {
      const made = kmsFields(await callKms(client, "CreateKey"));
      const KeyId: unknown = Reflect.get(Object(made["KeyMetadata"]), "KeyId");
      for (let generation = 0; generation < 20; generation += 1) {
        const plaintext = `${String(KeyId)} ${generation}`;
        const sealed = await callKms(client, "Encrypt", { KeyId, Plaintext: Buffer.from(plaintext) });
        if (sealed.status !== 200) return;
        load.acknowledged.push({ blob: String(kmsFields(sealed)["CiphertextBlob"]), plaintext });
        if ((await callKms(client, "RotateKeyOnDemand", { KeyId })).status === 200) load.rotations += 1;
      }
    }
  } catch {
    // The server was killed in the middle of a request: what it did not acknowledge may or may not be.
  }
}

async function verify(client: WireClient, acknowledged: readonly Acknowledged[]): Promise<void> {
  for (const { blob, plaintext } of acknowledged) {
    const opened = await callKms(client, "Decrypt", { CiphertextBlob: blob });
    assert.equal(opened.status, 200, `${plaintext}: ${opened.body}`);
    assert.equal(Buffer.from(String(kmsFields(opened)["Plaintext"]), "base64").toString(), plaintext);
  }
}

test(`[L-131] ${KILLS} times kill -9 during rotations: all that was acknowledged opens`, async (t) => {
  const folder = makeScratchFolder("key-crash");
  const { dataDir, rootKeyFile, logFile } = folder;
  const start = (): Promise<StrongroomProcess> =>
    startStrongroom({ dataDir, rootKeyFile, logFile, workers: 2 });
  const load: Load = { acknowledged: [], rotations: 0 };
  let server = await start();
  try {
    for (let kill = 0; kill < KILLS; kill += 1) {
      const client = new WireClient(await readClientEnvironment(server));
      const lanes = Array.from({ length: LANES }, () => runLane(client, load));
      await new Promise((resolve) => setTimeout(resolve, randomInt(200, 1500)));
      await server.kill();
      await Promise.all(lanes);
      client.close();
      server = await start();
      const checker = new WireClient(await readClientEnvironment(server));
      await verify(checker, load.acknowledged);
      checker.close();
    }
    assert.ok(load.rotations > 0 && load.acknowledged.length > 0, "nothing was rotated");
    t.diagnostic(
      `${KILLS} kills, ${load.rotations} rotations, ${load.acknowledged.length} ciphertexts opened`,
    );
  } finally {
    await server.stop();
    folder.remove();
  }
});
