import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { makeScratchFolder } from "../harness/scratch-folder.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { WireClient } from "../harness/wire-client.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";
import { missingProvider } from "./iam/terraform.ts";
import { useAwsCli } from "./kms/aws-cli.ts";
import { followGuide } from "./kms/guide.ts";
import { useTerraform } from "./kms/terraform.ts";
import { sendWireCases } from "./kms/wire-cases.ts";

const BOTO3_SESSION = fileURLToPath(new URL("./kms/boto3-keys.py", import.meta.url));

async function withServer(name: string, use: (bench: ClientWorkbench) => Promise<void>): Promise<void> {
  const server: TestServer = await startTestServer(name, { workers: 2 });
  const tally = new Tally();
  try {
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    await use({ server, home, tally });
  } finally {
    await server.close();
  }
  tally.conclude(console.log);
}

describe("the key service with unmodified clients", () => {
  test("boto3", { skip: missingTool("python3", "-c", "import boto3") }, () =>
    withServer("kms-boto3", async (bench) => {
      const printed = await runClient(bench, "python3", [BOTO3_SESSION], { PYTHONDONTWRITEBYTECODE: "1" });
      const counts: unknown = JSON.parse(printed);
      for (const [what, count] of Object.entries(counts ?? {})) bench.tally.add(what, Number(count));
    }),
  );
  test("Terraform applies, changes, finds nothing to do, and destroys", { skip: missingProvider() }, () =>
    withServer("kms-terraform", useTerraform),
  );
  test("the guide about keys", { skip: missingTool("aws", "--version") }, () =>
    withServer("kms-guide", followGuide),
  );
  test("requests that are none", () => withServer("kms-wire", sendWireCases));
  test("AWS CLI", { skip: missingTool("aws", "--version") }, () => withServer("kms-cli", useAwsCli));
});

test("[L-132] [L-131] what five generations of a key sealed opens after kill -9 and another start", async () => {
  const folder = makeScratchFolder("kms-restart");
  const { dataDir, rootKeyFile, logFile } = folder;
  const start = (): Promise<StrongroomProcess> =>
    startStrongroom({ dataDir, rootKeyFile, logFile, workers: 2 });
  const countSecrets = (): number =>
    readdirSync(join(dataDir, "keys"), { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    ).length;
  let server: StrongroomProcess | undefined;
  try {
    server = await start();
    let client = new WireClient(await readClientEnvironment(server));
    // Master keys are kept there as well.
    const secretsBefore = countSecrets();
    const run = async (operation: string, input: object) => {
      const response = await callKms(client, operation, input);
      assert.equal(response.status, 200, `${operation}: ${response.body}`);
      return kmsFields(response);
    };
    const made = await run("CreateKey", {});
    const KeyId: unknown = Reflect.get(Object(made["KeyMetadata"]), "KeyId");
    const EncryptionContext = { z: "1", a: "2", é: "3" };
    const blobs: unknown[] = [];
    for (let generation = 0; generation < 5; generation += 1) {
      const Plaintext = Buffer.from(`generation ${generation}`);
      blobs.push((await run("Encrypt", { KeyId, Plaintext, EncryptionContext }))["CiphertextBlob"]);
      await run("RotateKeyOnDemand", { KeyId });
    }
    client.close();
    await server.kill();
    server = await start();
    client = new WireClient(await readClientEnvironment(server));
    for (const [generation, CiphertextBlob] of blobs.entries()) {
      const { Plaintext } = await run("Decrypt", { CiphertextBlob, EncryptionContext });
      assert.equal(Buffer.from(String(Plaintext), "base64").toString(), `generation ${generation}`);
    }
    assert.equal(countSecrets(), secretsBefore + 6);
    client.close();
  } finally {
    await server?.stop();
    folder.remove();
  }
});
