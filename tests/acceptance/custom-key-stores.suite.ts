import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { filesBelow, makeScratchFolder } from "../harness/scratch-folder.ts";
import { makeSoftHsm, noSoftHsm } from "../harness/soft-hsm.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { missingTool, runTool } from "../harness/tool-lookup.ts";
import { WireClient } from "../harness/wire-client.ts";

const SESSION = fileURLToPath(new URL("./kms/custom-key-store.py", import.meta.url));
const CLUSTER = "cluster-abc234567ab";
const skip =
  noSoftHsm ||
  missingTool("python3", "-c", "import boto3") ||
  missingTool("sh", "-c", "command -v pkcs11-tool");

const textOf = (value: unknown, name: string): string => String(Reflect.get(Object(value), name));

describe("custom key stores over a PKCS#11 token", () => {
  test("boto3 keeps keys in a token, and objects under them; they live and die with it", {
    skip,
  }, async () => {
    const folder = makeScratchFolder("custom-key-stores");
    const { dataDir, rootKeyFile, logFile } = folder;
    const hsm = makeSoftHsm(join(folder.path, "hsm"), "vault one");
    const tally = new Tally();
    const start = (moreArguments: readonly string[] = []): Promise<StrongroomProcess> =>
      startStrongroom({
        dataDir,
        rootKeyFile,
        logFile,
        workers: 2,
        moreArguments: ["--log-level", "debug", ...moreArguments],
        environment: hsm.environment,
      });
    let server = await start();
    try {
      let client = new WireClient(await readClientEnvironment(server));
      const made = kmsFields(await callKms(client, "CreateKey", {}));
      const accountId = textOf(made["KeyMetadata"], "AWSAccountId");
      client.close();
      await server.stop();
      const uri = `pkcs11:token=vault%20one?module-path=${hsm.modulePath}`;
      const clusters = ["--hsm-clusters", `${CLUSTER}@${accountId}=${uri}`];

      server = await start(clusters);
      const environment = await readClientEnvironment(server);
      const home = join(folder.path, "home");
      mkdirSync(home);
      const session = await runTool("python3", [SESSION, CLUSTER, hsm.pin], {
        environment: { ...environment.variables, PYTHONDONTWRITEBYTECODE: "1" },
        home,
      });
      const result: unknown = JSON.parse(session.stdout);
      tally.add("checks of boto3", Number(Reflect.get(Object(result), "checks")));
      const store = textOf(result, "store");
      const keyId = textOf(result, "keyId");

      const { stdout: objects } = await runTool(
        "pkcs11-tool",
        [
          ...["--module", hsm.modulePath, "--token-label", hsm.token, "--login", "--pin", hsm.pin],
          ...["--list-objects", "--type", "secrkey"],
        ],
        { environment: hsm.environment, home },
      );
      assert.match(objects, new RegExp(`label: +${keyId}`));
      assert.match(objects, /never extractable/);
      client = new WireClient(environment);
      const read = async (): Promise<string> => {
        const got = await client.request({ method: "GET", bucket: "under-hsm", objectKey: "twice" });
        return `${got.status} ${/<Code>([^<]+)/.exec(String(got.body))?.[1] ?? got.body.length}`;
      };
      client.close();
      await server.stop();

      server = await start(clusters);
      client = new WireClient({ ...environment, endpoint: server.endpoint });
      assert.equal(await read(), "200 262144", "it stays connected from start to start");
      client.close();
      await server.stop();

      // Without the device nothing opens, whatever else is there.
      const tokens = join(folder.path, "hsm", "tokens");
      renameSync(tokens, `${tokens}-away`);
      mkdirSync(tokens);
      server = await start(clusters);
      client = new WireClient({ ...environment, endpoint: server.endpoint });
      assert.equal(await read(), "400 KMS.KeyUnavailableException");
      client.close();
      await server.stop();
      renameSync(tokens, `${tokens}-empty`);
      renameSync(`${tokens}-away`, tokens);

      server = await start();
      client = new WireClient({ ...environment, endpoint: server.endpoint });
      assert.equal(await read(), "400 KMS.KeyUnavailableException", "the operator took the cluster away");
      client.close();
      await server.stop();

      server = await start(clusters);
      client = new WireClient({ ...environment, endpoint: server.endpoint });
      assert.equal(await read(), "200 262144");
      const listed = kmsFields(await callKms(client, "DescribeCustomKeyStores", { CustomKeyStoreId: store }));
      assert.match(JSON.stringify(listed), /"ConnectionState":"CONNECTED"/);
      client.close();
      for (const path of [...filesBelow(dataDir), logFile]) {
        const bytes = readFileSync(path).toString("latin1");
        for (const pin of [hsm.pin, "wrong-4711"]) assert.ok(!bytes.includes(pin), `${path} holds a PIN`);
      }
      tally.conclude(console.log);
    } finally {
      if (server.isRunning) await server.stop();
      folder.remove();
    }
  });
});
