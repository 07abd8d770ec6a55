import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type ClientEnvironment, readClientEnvironment } from "../harness/client-environment.ts";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { filesBelow, makeScratchFolder } from "../harness/scratch-folder.ts";
import { makeSoftHsm, noSoftHsm, type SoftHsm } from "../harness/soft-hsm.ts";
import { runStrongroom, StartFailedError, startStrongroom } from "../harness/strongroom-process.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { WireClient } from "../harness/wire-client.ts";

const BODY = Buffer.from("what hangs on the root key");
const PASSPHRASE = { UNSEAL_PHRASE: "correct horse battery staple" };
const folder = makeScratchFolder("root-seal");
const { dataDir } = folder;
const file = (name: string): string => join(folder.path, "keys", name);
const FIRST = ["--root-key-file", file("first")];

/** The second Strongroom, whose key service guards a slot of the first. */
let guard: TestServer;
let keyArn = "";
let guardVariables: Readonly<Record<string, string>> = {};
/** Of the store, from its first start on: they must never change. */
let environment: ClientEnvironment;
let sealedByKms = "";

const keys = (
  parameters: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<string> => runStrongroom(["keys", ...parameters, "--data-dir", dataDir], variables);

async function refuses(action: Promise<unknown>, says: RegExp): Promise<void> {
  await assert.rejects(action, (error) => {
    const text =
      error instanceof StartFailedError ? error.output : String(Reflect.get(Object(error), "stderr"));
    assert.match(text, says);
    return true;
  });
}

/** Starts the store as told, reads object and ciphertext, stops it. */
async function reads(
  moreArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  at = dataDir,
): Promise<void> {
  const server = await startStrongroom({
    dataDir: at,
    rootKeyFile: file("not-there"),
    workers: 1,
    moreArguments,
    environment: variables,
    logFile: folder.logFile,
  });
  const client = new WireClient({ ...environment, endpoint: server.endpoint });
  try {
    const object = await client.request({ method: "GET", bucket: "kept", objectKey: "object" });
    assert.equal(object.status, 200, String(object.body));
    assert.deepEqual(object.body, BODY);
    const plain = await callKms(client, "Decrypt", { CiphertextBlob: sealedByKms });
    assert.equal(plain.status, 200, String(plain.body));
    assert.equal(Buffer.from(String(kmsFields(plain)["Plaintext"]), "base64").toString(), "small secret");
  } finally {
    client.close();
    await server.stop();
  }
}

const start = (
  moreArguments: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<unknown> =>
  startStrongroom({
    dataDir,
    rootKeyFile: file("not-there"),
    workers: 1,
    moreArguments,
    environment: variables,
  });

/** What is stored, without the index: LMDB keeps times and free lists of its own. */
function storedDigest(): string {
  const hash = createHash("sha256");
  for (const path of [...filesBelow(join(dataDir, "blobs")), ...filesBelow(join(dataDir, "keys"))])
    hash.update(path).update(readFileSync(path));
  return hash.digest("hex");
}

const recordText = (): string => readFileSync(join(dataDir, "root.json"), "utf8");

/** Tokens lock themselves: a worker that dies is not replaced any more by ones that try a refused PIN each. */
async function leavesTheTokenAlone(hsm: SoftHsm, uri: string): Promise<void> {
  const server = await startStrongroom({
    dataDir,
    rootKeyFile: file("not-there"),
    workers: 2,
    moreArguments: ["--unseal-with", uri],
    environment: hsm.environment,
    logFile: folder.logFile,
  });
  try {
    const workers = server.pids().filter((pid) => pid !== server.pid);
    assert.equal(workers.length, 2);
    writeFileSync(hsm.pinFile, "wrong-4711\n");
    const says = async (pattern: RegExp, times: number): Promise<void> => {
      const count = (): number => server.output.match(new RegExp(pattern, "g"))?.length ?? 0;
      const untilMs = performance.now() + 60_000;
      while (count() < times && performance.now() < untilMs)
        await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(count(), times, server.output);
    };
    const [first = 0, second = 0] = workers;
    process.kill(first, "SIGKILL");
    await says(/a worker ended and is replaced/, 1);
    await says(/no worker is started any more/, 1);
    process.kill(second, "SIGKILL");
    // The replacement that failed, and this one.
    await says(/a worker ended and is not replaced/, 2);
    await says(/a worker ended and is replaced/, 1);
  } finally {
    await server.stop();
    writeFileSync(hsm.pinFile, `${hsm.pin}\n`);
  }
}

describe("the root seal", () => {
  before(async () => {
    guard = await startTestServer("root-seal-guard", { workers: 1 });
    const made = kmsFields(await callKms(guard.client, "CreateKey"));
    keyArn = String(Reflect.get(Object(made["KeyMetadata"]), "Arn"));
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = guard.environment.variables;
    guardVariables = {
      AWS_ACCESS_KEY_ID: AWS_ACCESS_KEY_ID ?? "",
      AWS_SECRET_ACCESS_KEY: AWS_SECRET_ACCESS_KEY ?? "",
      AWS_REGION: AWS_REGION ?? "",
      AWS_ENDPOINT_URL_KMS: guard.environment.endpoint,
      NODE_EXTRA_CA_CERTS: guard.environment.caFile,
    };
  });
  after(async () => {
    folder.remove();
    if (guard.process.isRunning) await guard.close();
  });

  test("a folder of format 1, with data, and no change while its server runs (R-14)", async () => {
    const server = await startStrongroom({ dataDir, rootKeyFile: file("one"), workers: 1 });
    environment = await readClientEnvironment(server);
    // Kept beside the folder's own: it is copied away later.
    const client = new WireClient(environment);
    assert.equal((await client.request({ method: "PUT", bucket: "kept" })).status, 200);
    const put = await client.request({ method: "PUT", bucket: "kept", objectKey: "object", body: BODY });
    assert.equal(put.status, 200);
    const KeyId: unknown = Reflect.get(
      Object(kmsFields(await callKms(client, "CreateKey"))["KeyMetadata"]),
      "KeyId",
    );
    const sealed = await callKms(client, "Encrypt", { KeyId, Plaintext: Buffer.from("small secret") });
    sealedByKms = String(kmsFields(sealed)["CiphertextBlob"]);
    const upgrade = [
      "upgrade-root",
      "--root-key-file",
      file("one"),
      "--name",
      "first",
      "--with",
      `key-file:${file("first")}`,
    ];
    await refuses(keys(upgrade), /another strongroom server is using/);
    client.close();
    await server.stop();
    await refuses(keys(["slots", "list"]), /upgrade-root/);
    assert.match(await keys(upgrade), /first +key-file/);
    await reads(FIRST);
    await refuses(start(["--root-key-file", file("one")]), /--unseal-with/);
  });

  test("slots of each kind are added, and each alone opens", async () => {
    writeFileSync(file("words"), "a passphrase from systemd\n", { mode: 0o600 });
    const credentials = { CREDENTIALS_DIRECTORY: join(folder.path, "keys") };
    const stored = storedDigest();
    await keys(
      ["slots", "add", ...FIRST, "--name", "phrase", "--with", "passphrase:env:UNSEAL_PHRASE"],
      PASSPHRASE,
    );
    await keys(
      ["slots", "add", ...FIRST, "--name", "unit", "--with", "passphrase:credential:words"],
      credentials,
    );
    await keys(["slots", "add", ...FIRST, "--name", "cloud", "--with", `kms:${keyArn}`], guardVariables);
    assert.equal(storedDigest(), stored);
    await reads(["--unseal-with", "passphrase:env:UNSEAL_PHRASE"], PASSPHRASE);
    await reads(["--unseal-with", "passphrase:credential:words"], credentials);
    await reads(["--unseal-with", `kms:${keyArn}`], guardVariables);
    const listed: unknown = JSON.parse(await keys(["slots", "list", "--json"]));
    assert.deepEqual(
      Reflect.get(Object(listed), "slots").map((slot: unknown) => Reflect.get(Object(slot), "name")),
      ["first", "phrase", "unit", "cloud"],
    );
    const text = recordText();
    for (const secret of [PASSPHRASE.UNSEAL_PHRASE, "a passphrase from systemd"])
      assert.ok(!text.includes(secret));
  });

  test("[L-147] the slot that was asked for fails: nothing else is tried, and it opens once it is there again (R-6, R-7, R-10)", async () => {
    const wrong = { UNSEAL_PHRASE: "correct horse battery stapler" };
    await refuses(start(["--unseal-with", "passphrase:env:UNSEAL_PHRASE"], wrong), /Nothing else is tried/);
    await refuses(
      start(["--unseal-with", `kms:${keyArn.slice(0, -1)}x`], guardVariables),
      /no slot with the key/,
    );
    await refuses(
      start(["--unseal-with", `kms:${keyArn}`], { ...guardVariables, AWS_SECRET_ACCESS_KEY: "x" }),
      /Nothing else is tried/,
    );
    const KeyId = keyArn;
    assert.equal((await callKms(guard.client, "DisableKey", { KeyId })).status, 200);
    await refuses(start(["--unseal-with", `kms:${keyArn}`], guardVariables), /DisabledException/);
    assert.equal((await callKms(guard.client, "EnableKey", { KeyId })).status, 200);
    await refuses(start(["--unseal-with", "passphrase:hunter2"]), /expected key-file:FILE/);
  });

  test("a new root key touches no data; a slot left out must be named (R-12); a removed slot opens nothing", async () => {
    const stored = storedDigest();
    const former = recordText();
    const variables = { ...PASSPHRASE, ...guardVariables };
    const change = ["change-root", ...FIRST, "--with", "passphrase:env:UNSEAL_PHRASE", `kms:${keyArn}`];
    await refuses(keys(change, variables), /slot unit .*--drop unit/);
    assert.equal(recordText(), former);
    await keys([...change, "--drop", "unit"], variables);
    assert.equal(storedDigest(), stored);
    assert.notEqual(Reflect.get(JSON.parse(recordText()), "keyId"), Reflect.get(JSON.parse(former), "keyId"));
    await reads(FIRST);
    await reads(["--unseal-with", `kms:${keyArn}`], guardVariables);
    await keys(["slots", "remove", "phrase", ...FIRST]);
    await refuses(
      start(["--unseal-with", "passphrase:env:UNSEAL_PHRASE"], PASSPHRASE),
      /no slot with a passphrase/,
    );
  });

  test("a token opens the folder, and nothing does that is not its key and PIN (R-6, R-17)", {
    skip: noSoftHsm,
  }, async () => {
    const hsm = makeSoftHsm(join(folder.path, "hsm"), "vault one");
    const { environment: variables } = hsm;
    const uri = hsm.uri("root key");
    const stored = storedDigest();
    await keys(["slots", "add", ...FIRST, "--name", "hsm", "--with", uri], variables);
    assert.equal(storedDigest(), stored);
    assert.match(await keys(["slots", "list"]), /hsm +pkcs11 +key root key in the token vault one/);
    await reads(["--unseal-with", uri], variables);
    assert.ok(!recordText().includes(hsm.pin));
    await refuses(start(["--unseal-with", hsm.uri("other key")], variables), /no slot with the key/);
    await refuses(start(["--unseal-with", uri.replace("vault%20one", "vault")], variables), /no slot with/);
    await refuses(start(["--unseal-with", uri]), /several tokens|no token|Nothing else is tried/);
    writeFileSync(hsm.pinFile, "wrong-4711\n");
    await refuses(start(["--unseal-with", uri], variables), /refused the PIN.*Nothing else is tried/);
    writeFileSync(hsm.pinFile, `${hsm.pin}\n`);
    await refuses(
      start(["--unseal-with", `${uri}&pin-value=4711`], variables),
      /a PIN does not belong there/,
    );
    const away = join(folder.path, "hsm", "away");
    renameSync(join(folder.path, "hsm", "tokens"), away);
    mkdirSync(join(folder.path, "hsm", "tokens"));
    await refuses(start(["--unseal-with", uri], variables), /no token with the label vault one/);
    rmSync(join(folder.path, "hsm", "tokens"), { recursive: true });
    renameSync(away, join(folder.path, "hsm", "tokens"));
    await reads(["--unseal-with", uri], variables);
    await leavesTheTokenAlone(hsm, uri);
    await keys(["slots", "remove", "hsm", ...FIRST]);
    await refuses(start(["--unseal-with", uri], variables), /no slot with/);
  });

  test("a sealed backup opens the data on an empty machine (R-15, R-16)", async () => {
    const bundle = join(folder.path, "bundle");
    const sealing = { BUNDLE_PHRASE: "the backup's passphrase" };
    await keys(["backup", bundle, ...FIRST, "--with", "passphrase:env:BUNDLE_PHRASE"], sealing);
    await refuses(
      keys(["backup", bundle, ...FIRST, "--with", "passphrase:env:BUNDLE_PHRASE"], sealing),
      /EEXIST/,
    );
    const machine = join(folder.path, "machine");
    for (const name of ["index", "index.json", "blobs", "keys"])
      if (existsSync(join(dataDir, name)))
        cpSync(join(dataDir, name), join(machine, "data", name), { recursive: true });
    cpSync(join(dataDir, "tls"), join(machine, "data", "tls"), { recursive: true });
    const away = `${folder.path}/keys-away`;
    renameSync(file(""), away);
    mkdirSync(file(""));
    const restore = (at: string, more: readonly string[] = [], phrases = sealing): Promise<string> =>
      runStrongroom(
        [
          ...["keys", "restore", bundle, "--data-dir", at, "--passphrase", "passphrase:env:BUNDLE_PHRASE"],
          ...["--name", "new", "--with", `key-file:${file("new")}`, ...more],
        ],
        phrases,
      );
    const empty = join(machine, "data");
    await refuses(restore(empty, [], { BUNDLE_PHRASE: "not that passphrase" }), /does not open/);
    assert.equal(existsSync(join(empty, "root.json")), false);
    await refuses(restore(copyOfGuard(machine)), /do not open the index/);
    await restore(empty);
    await reads(["--root-key-file", file("new")], {}, empty);
    await refuses(restore(dataDir), /--replace/);
    await restore(dataDir, ["--replace"]);
    await reads(["--root-key-file", file("new")]);
    rmSync(away, { recursive: true });
  });
});

/** A data folder of somebody else: the guard's. */
function copyOfGuard(machine: string): string {
  const foreign = join(machine, "foreign");
  for (const name of ["index", "index.json", "blobs"])
    cpSync(join(guard.folder.dataDir, name), join(foreign, name), { recursive: true });
  return foreign;
}
