import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join, sep } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { TLSSocket } from "node:tls";
import { readClientEnvironment } from "../harness/client-environment.ts";
import { filesBelow, makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import {
  runStrongroom,
  type ServeOptions,
  StartFailedError,
  type StrongroomProcess,
  startStrongroom,
} from "../harness/strongroom-process.ts";
import { makeAuthority, noOpenssl } from "../harness/test-certificates.ts";
import { errorCodeOf, WireClient } from "../harness/wire-client.ts";

function scratch(context: TestContext): ScratchFolder {
  const folder = makeScratchFolder("first-start");
  context.after(() => folder.remove());
  return folder;
}

async function start(
  context: TestContext,
  folder: ScratchFolder,
  more: Partial<ServeOptions> = {},
): Promise<StrongroomProcess> {
  const server = await startStrongroom({ dataDir: folder.dataDir, rootKeyFile: folder.rootKeyFile, ...more });
  context.after(() => server.kill());
  return server;
}

async function clientOf(context: TestContext, server: StrongroomProcess): Promise<WireClient> {
  const client = new WireClient(await readClientEnvironment(server));
  context.after(() => client.close());
  return client;
}

const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe("first start", () => {
  test("ready within 5 s, root key outside the data, everything for its owner alone, exit 0", async (context) => {
    const folder = scratch(context);
    const server = await start(context, folder, { workers: 2 });
    assert.ok(server.readyAfterMs < 5000, `ready after ${server.readyAfterMs} ms`);
    assert.equal(modeOf(folder.rootKeyFile), "600");
    assert.ok(!folder.rootKeyFile.startsWith(folder.dataDir + sep));
    assert.equal(modeOf(folder.dataDir), "700");
    assert.ok(
      server.output.includes(folder.rootKeyFile),
      "the first start does not say where the root key is",
    );
    assert.match(server.output, /loss of everything/i);
    assert.equal(server.output.match(/^ready https:\/\/127\.0\.0\.1:\d+$/gm)?.length, 1);
    const environment = await readClientEnvironment(server);
    assert.ok(!server.output.includes(environment.credentials.secretAccessKey), "the start prints a secret");
    assert.deepEqual(await server.stop(), { code: 0, signal: null });
    assert.ok(filesBelow(folder.dataDir).length > 0);
  });

  test("the default root key file lies outside the data folder", async (context) => {
    const folder = scratch(context);
    const home = { HOME: folder.path, XDG_CONFIG_HOME: join(folder.path, "config") };
    const printed = await runStrongroom(["config", "--data-dir", folder.dataDir], home).catch(
      (error: unknown) => String(error),
    );
    const match = /root-key-file\W+(\S+root\S*)/.exec(printed)?.[1];
    if (match === undefined) return context.skip(`no root-key-file in: ${printed.slice(0, 200)}`);
    assert.ok(!match.replaceAll('"', "").startsWith(folder.dataDir), match);
  });

  test("[L-132] what was kept is there after a restart; the second start says nothing of a first one", async (context) => {
    const folder = scratch(context);
    const server = await start(context, folder);
    const client = await clientOf(context, server);
    assert.equal((await client.request({ method: "PUT", bucket: "kept-bucket" })).status, 200);
    const body = randomBytes(300_000);
    assert.equal(
      (await client.request({ method: "PUT", bucket: "kept-bucket", objectKey: "k", body })).status,
      200,
    );
    await server.stop();
    const again = await start(context, folder, { port: server.port });
    assert.doesNotMatch(again.output, /first start/);
    const got = await client.request({ method: "GET", bucket: "kept-bucket", objectKey: "k" });
    assert.ok(got.body.equals(body));
  });

  test("[L-132] SIGTERM right after an answer: what the request left to be written does not hold up the end", async (context) => {
    const folder = scratch(context);
    for (let round = 0; round < 6; round += 1) {
      const server = await start(context, folder, { workers: 2 });
      // The first use of an access key is written after the answer.
      const client = await clientOf(context, server);
      assert.equal((await client.request({ method: "GET" })).status, 200);
      assert.deepEqual(await server.stop(), { code: 0, signal: null });
    }
  });

  test("SIGTERM lets a running request finish and then ends with 0", async (context) => {
    const folder = scratch(context);
    const server = await start(context, folder, { workers: 2 });
    const client = await clientOf(context, server);
    await client.request({ method: "PUT", bucket: "drained" });
    const stream = (async function* () {
      for (let sent = 0; sent < 10; sent++) {
        yield Buffer.alloc(10_000, sent);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    const put = client.request({
      method: "PUT",
      bucket: "drained",
      objectKey: "slow",
      body: { stream, sizeBytes: 100_000 },
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const exit = server.stop();
    assert.equal((await put).status, 200);
    assert.deepEqual(await exit, { code: 0, signal: null });
  });
});

describe("root key", () => {
  const startsBadly = async (context: TestContext, folder: ScratchFolder): Promise<StartFailedError> => {
    const failure = await start(context, folder).then(
      () => null,
      (error: unknown) => error,
    );
    assert.ok(failure instanceof StartFailedError, "it started");
    assert.notEqual(failure.exit, null, "it hung instead of refusing");
    assert.notEqual(failure.exit?.code, 0);
    assert.ok(failure.output.includes(folder.rootKeyFile), `does not name the file: ${failure.output}`);
    assert.doesNotMatch(failure.output, /\n\s+at /, "shows a stack instead of a message");
    return failure;
  };

  for (const [name, spoil] of Object.entries({
    "is missing": (folder: ScratchFolder) => renameSync(folder.rootKeyFile, `${folder.rootKeyFile}.away`),
    "is empty": (folder: ScratchFolder) => writeFileSync(folder.rootKeyFile, ""),
    "is noise": (folder: ScratchFolder) => writeFileSync(folder.rootKeyFile, randomBytes(100)),
    "is another server's": (folder: ScratchFolder) =>
      copyFileSync(join(folder.path, "other", "root.key"), folder.rootKeyFile),
  }))
    test(`over existing data refuses, with the way out, when the file ${name}`, async (context) => {
      const folder = scratch(context);
      const server = await start(context, folder);
      await server.stop();
      if (name.includes("other")) {
        const other = {
          dataDir: join(folder.path, "other-data"),
          rootKeyFile: join(folder.path, "other", "root.key"),
        };
        const second = await startStrongroom(other);
        await second.stop();
      }
      const kept = readFileSync(folder.rootKeyFile);
      spoil(folder);
      const failure = await startsBadly(context, folder);
      context.diagnostic(failure.output.trim().slice(0, 400));
      assert.equal(
        existsSync(folder.rootKeyFile),
        name !== "is missing",
        "it made a new root key over existing data",
      );
      writeFileSync(folder.rootKeyFile, kept, { mode: 0o600 });
      const again = await start(context, folder);
      assert.equal((await again.stop()).code, 0, "the right key does not open it any more");
    });

  test("[L-142] two servers started at once on one empty folder end with one root", async (context) => {
    for (let round = 0; round < 3; round++) {
      const folder = scratch(context);
      const both = await Promise.allSettled([start(context, folder), start(context, folder)]);
      const running = both.filter((result) => result.status === "fulfilled").map((result) => result.value);
      assert.ok(
        running.length >= 1,
        String(both.map((result) => (result.status === "rejected" ? result.reason : ""))),
      );
      for (const server of running) await server.stop();
      const again = await start(context, folder);
      const client = await clientOf(context, again);
      assert.equal((await client.request({ method: "PUT", bucket: "one-root" })).status, 200);
      await again.stop();
    }
  });

  test("a second server over a folder in use refuses and leaves the first alone", async (context) => {
    const folder = scratch(context);
    const server = await start(context, folder);
    await assert.rejects(start(context, folder), (error: unknown) => {
      assert.ok(error instanceof StartFailedError);
      assert.match(error.output, /another|in use|using/i);
      return true;
    });
    const client = await clientOf(context, server);
    assert.equal((await client.request({ method: "PUT", bucket: "first-one" })).status, 200);
  });
});

describe("accounts", () => {
  test("made while the server runs; each owns what it made and sees nothing else", async (context) => {
    const folder = scratch(context);
    const server = await start(context, folder, { workers: 2 });
    const root = await clientOf(context, server);
    const makeClient = async (name: string): Promise<WireClient> => {
      const text = await runStrongroom(["account", "create", name, "--json", "--data-dir", folder.dataDir]);
      const made: unknown = JSON.parse(text);
      assert.ok(typeof made === "object" && made !== null);
      assert.ok(
        "accessKeyId" in made &&
          "secretAccessKey" in made &&
          "accountId" in made &&
          "canonicalUserId" in made,
      );
      assert.match(String(made.accountId), /^\d{12}$/);
      assert.match(String(made.canonicalUserId), /^[0-9a-f]{64}$/);
      const credentials = {
        accessKeyId: String(made.accessKeyId),
        secretAccessKey: String(made.secretAccessKey),
      };
      const client = new WireClient({ ...root.target, credentials });
      context.after(() => client.close());
      return client;
    };
    const [anna, ben] = [await makeClient("anna"), await makeClient("ben")];
    assert.equal((await anna.request({ method: "PUT", bucket: "of-anna" })).status, 200);
    assert.equal(
      (await anna.request({ method: "PUT", bucket: "of-anna", objectKey: "k", body: Buffer.from("a") }))
        .status,
      200,
    );
    const denied = [
      { method: "GET", bucket: "of-anna", objectKey: "k" },
      { method: "PUT", bucket: "of-anna", objectKey: "k", body: Buffer.from("b") },
      { method: "DELETE", bucket: "of-anna", objectKey: "k" },
      { method: "GET", bucket: "of-anna", query: { "list-type": "2" } },
      { method: "GET", bucket: "of-anna", query: { uploads: "" } },
      { method: "POST", bucket: "of-anna", objectKey: "u", query: { uploads: "" } },
      { method: "DELETE", bucket: "of-anna" },
      {
        method: "PUT",
        bucket: "of-anna",
        query: { versioning: "" },
        body: Buffer.from("<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"),
      },
    ];
    for (const input of denied) {
      const response = await ben.request(input);
      assert.equal(
        `${response.status} ${errorCodeOf(response)}`,
        "403 AccessDenied",
        `${input.method} ${JSON.stringify(input.query ?? {})}`,
      );
    }
    assert.equal((await ben.request({ method: "PUT", bucket: "of-ben" })).status, 200);
    const copy = { "x-amz-copy-source": "/of-anna/k" };
    assert.equal(
      (await ben.request({ method: "PUT", bucket: "of-ben", objectKey: "stolen", headers: copy })).status,
      403,
    );
    assert.ok(!String((await ben.request({ method: "GET" })).body).includes("of-anna"));
    assert.equal((await ben.request({ method: "PUT", bucket: "of-anna" })).status, 409);
    assert.equal(
      String((await anna.request({ method: "GET", bucket: "of-anna", objectKey: "k" })).body),
      "a",
    );
  });

  test("without root privileges the command says why it cannot", async (context) => {
    const folder = scratch(context);
    await assert.rejects(
      runStrongroom(["account", "create", "x", "--json", "--data-dir", folder.dataDir]),
      /strongroom serve|no server/,
    );
  });
});

describe("own certificates", () => {
  test("reloaded when they change, without dropping a connection", { skip: noOpenssl }, async (context) => {
    const folder = scratch(context);
    const authority = makeAuthority(folder.path, "authority");
    const first = authority.issue("first", true);
    const second = authority.issue("second", true);
    const [certFile, keyFile] = [join(folder.path, "tls.pem"), join(folder.path, "tls.key")];
    copyFileSync(first.certificateFile, certFile);
    copyFileSync(first.keyFile, keyFile);
    const moreArguments = ["--tls-cert", certFile, "--tls-key", keyFile];
    const server = await start(context, folder, { workers: 2, moreArguments });
    const ask = (agent: Agent | false): Promise<{ name: string; localPort: number | undefined }> =>
      new Promise((resolve, reject) => {
        const options = {
          host: "127.0.0.1",
          port: server.port,
          path: "/",
          ca: authority.certificate,
          agent,
        };
        request(options, (response) => {
          const { socket } = response;
          const name = socket instanceof TLSSocket ? String(socket.getPeerCertificate().subject?.CN) : "";
          const { localPort } = socket;
          response.resume();
          response.once("end", () => resolve({ name, localPort }));
        })
          .once("error", reject)
          .end();
      });
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    context.after(() => kept.destroy());
    const before = await ask(kept);
    assert.equal(before.name, "first");
    renameSync(second.keyFile, keyFile);
    renameSync(second.certificateFile, certFile);
    let seen = "";
    for (let waited = 0; seen !== "second" && waited < 40; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      seen = (await ask(false)).name;
    }
    assert.equal(seen, "second");
    assert.equal((await ask(kept)).localPort, before.localPort, "the open connection was dropped");
    writeFileSync(certFile, "no certificate");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.equal((await ask(false)).name, "second", "a broken file must not end what works");
  });

  test("[L-146] with client authorities, an unknown or missing client certificate is refused", {
    skip: noOpenssl,
  }, async (context) => {
    const folder = scratch(context);
    const known = makeAuthority(folder.path, "known");
    const unknown = makeAuthority(folder.path, "unknown");
    const server = await start(context, folder, {
      workers: 2,
      moreArguments: ["--tls-client-ca", known.certificateFile],
    });
    const { ca } = await readClientEnvironment(server);
    const ask = (identity: object): Promise<number> =>
      new Promise((resolve, reject) => {
        request(
          { host: "127.0.0.1", port: server.port, path: "/-/health/live", ca, agent: false, ...identity },
          (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          },
        )
          .once("error", reject)
          .end();
      });
    const { certificate: cert, key } = known.issue("friend", false);
    assert.equal(await ask({ cert, key }), 200);
    const stranger = unknown.issue("stranger", false);
    await assert.rejects(ask({ cert: stranger.certificate, key: stranger.key }));
    await assert.rejects(ask({}));
  });
});
