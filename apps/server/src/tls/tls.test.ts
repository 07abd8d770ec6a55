import assert from "node:assert/strict";
import { createSecretKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { ManualClock } from "@strongroom/base";
import { MemoryIndex } from "@strongroom/store";
import { dataFolder, prepareDataFolder } from "../folder/data-folder.ts";
import { Listener } from "../http/listener.ts";
import { createLog } from "../log.ts";
import { IndexRecords } from "../storage/index-records.ts";
import { issueCertificate, makeAuthority } from "./authority.ts";
import { certificateNames, type TlsIdentity } from "./tls-options.ts";
import { TlsSource } from "./tls-source.ts";

const root = mkdtempSync(join(tmpdir(), "tls-"));
const folder = dataFolder(join(root, "data"));
prepareDataFolder(folder);
after(() => rmSync(root, { recursive: true }));

const log = createLog("error", { write: () => {} });
const listen = { host: "127.0.0.1", port: 0 };
const sealingKey = createSecretKey(Buffer.alloc(32, 7));
const DAY_MS = 86_400_000;

function newSource(options: {
  readonly records?: IndexRecords;
  readonly clock?: ManualClock;
  readonly clientCaFile?: string;
}) {
  const clock = options.clock ?? new ManualClock(Date.now());
  const tls = { certificate: null, clientCaFile: options.clientCaFile ?? null };
  const config = { listen, domains: ["localhost"], tls };
  const records = options.records ?? new IndexRecords(new MemoryIndex());
  return { source: new TlsSource({ config, folder, records, sealingKey, clock, log }), records, clock };
}

async function withListener(
  identity: TlsIdentity,
  use: (port: number, listener: Listener) => Promise<void>,
): Promise<void> {
  const listener = new Listener({
    address: listen,
    tls: identity,
    maxConnections: 100,
    onRequest: (_request, response) => void response.end("hello"),
  });
  const port = await listener.listen();
  try {
    await use(port, listener);
  } finally {
    listener.abort();
    await listener.drain();
  }
}

async function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, servername: "localhost", ...options });
  await once(socket, "secureConnect");
  return socket;
}

const caPem = (): string => readFileSync(folder.caFile, "utf8");

test("the first start makes an authority and a certificate; later ones keep both", async () => {
  const { source, records, clock } = newSource({});
  const first = await source.load();
  const certificate = new X509Certificate(first.certificatePem);
  const authority = new X509Certificate(caPem());
  assert(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
  assert.equal(authority.ca, true);
  assert.equal(certificate.ca, false);
  for (const name of ["localhost", "bucket.s3.localhost"]) {
    assert.notEqual(certificate.checkHost(name), undefined, name);
  }
  for (const address of ["127.0.0.1", "::1"])
    assert.notEqual(certificate.checkIP(address), undefined, address);
  assert.equal(statSync(folder.caFile).mode & 0o777, 0o644);
  assert.equal(caPem().includes("PRIVATE"), false);
  const second = await newSource({ records, clock }).source.load();
  assert.equal(second.certificatePem, first.certificatePem);
});

test("a certificate near its end is issued anew by the same authority", async () => {
  const { source, records, clock } = newSource({});
  const first = await source.load();
  const ca = caPem();
  clock.advance(61 * DAY_MS);
  const second = await newSource({ records, clock }).source.load();
  assert.notEqual(second.certificatePem, first.certificatePem);
  assert.equal(caPem(), ca);
});

test("TLS 1.3 with the hybrid post-quantum exchange first; 1.2 with an AEAD; nothing older or weaker", async () => {
  const identity = await newSource({}).source.load();
  const ca = caPem();
  await withListener(identity, async (port) => {
    const modern = await handshake(port, { ca });
    assert.equal(modern.getProtocol(), "TLSv1.3");
    // Node reports the group where it knows its kind; asking for this group alone proves that it is spoken.
    const hybrid = await handshake(port, { ca, ecdhCurve: "X25519MLKEM768" });
    assert.equal(hybrid.authorized, true);
    for (const curve of ["X25519", "P-256", "P-384"])
      (await handshake(port, { ca, ecdhCurve: curve })).destroy();
    const older = await handshake(port, { ca, maxVersion: "TLSv1.2" });
    assert.match(older.getCipher().name, /GCM|CHACHA20/);
    for (const socket of [modern, hybrid, older]) socket.destroy();
    const refused: readonly ConnectionOptions[] = [
      { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" },
      { maxVersion: "TLSv1.2", ciphers: "ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-SHA" },
      { ecdhCurve: "P-521" },
    ];
    for (const options of refused)
      await assert.rejects(handshake(port, { ca, ...options }), JSON.stringify(options));
  });
});

test("[L-146] with client authorities set, only their certificates get in", async () => {
  const nowMs = Date.now();
  const clients = await makeAuthority(nowMs);
  const clientCaFile = join(root, "clients.pem");
  writeFileSync(clientCaFile, clients.certificatePem);
  const identity = await newSource({ clientCaFile }).source.load();
  const ca = caPem();
  const known = await issueCertificate(clients, ["client"], nowMs, "client");
  const notForClients = await issueCertificate(clients, ["client"], nowMs, "server");
  const unknown = await issueCertificate(await makeAuthority(nowMs), ["client"], nowMs, "client");
  await withListener(identity, async (port) => {
    const ask = (certificate: { certificatePem: string; privateKeyPem: string } | null): Promise<number> =>
      new Promise((resolve, reject) => {
        const keyed =
          certificate === null ? {} : { cert: certificate.certificatePem, key: certificate.privateKeyPem };
        const request = httpsRequest({ host: "127.0.0.1", port, ca, agent: false, ...keyed }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        });
        request.once("error", reject);
        request.end();
      });
    await assert.rejects(ask(null));
    await assert.rejects(ask(unknown));
    await assert.rejects(ask(notForClients));
    assert.equal(await ask(known), 200);
  });
});

test("changed files are taken, broken ones leave the certificate in use", async () => {
  const nowMs = Date.now();
  const authority = await makeAuthority(nowMs);
  const certFile = join(root, "server.pem");
  const keyFile = join(root, "server.key");
  const issue = async (): Promise<string> => {
    const keyed = await issueCertificate(authority, ["localhost"], nowMs);
    writeFileSync(certFile, keyed.certificatePem);
    writeFileSync(keyFile, keyed.privateKeyPem);
    return keyed.certificatePem;
  };
  const first = await issue();
  const tls = { certificate: { certFile, keyFile }, clientCaFile: null };
  const records = new IndexRecords(new MemoryIndex());
  const clock = new ManualClock(nowMs);
  const config = { listen, domains: [], tls };
  const source = new TlsSource({ config, folder, records, sealingKey, clock, log, watchIntervalMs: 10 });
  assert.equal((await source.load()).certificatePem, first);
  const changes: TlsIdentity[] = [];
  source.watch((identity) => changes.push(identity));
  writeFileSync(certFile, "not a certificate");
  await sleep(100);
  assert.equal(changes.length, 0);
  const second = await issue();
  for (let waited = 0; changes.length === 0 && waited < 3000; waited += 20) await sleep(20);
  source.stop();
  assert.equal(changes.at(-1)?.certificatePem, second);
});

test("a replaced certificate serves new connections and leaves open ones alone", async () => {
  const nowMs = Date.now();
  const [before, after_] = await Promise.all([makeAuthority(nowMs), makeAuthority(nowMs)]);
  const names = certificateNames({ listen, domains: [] });
  const identity = async (authority: typeof before): Promise<TlsIdentity> => ({
    ...(await issueCertificate(authority, names, nowMs)),
    clientCaPem: null,
    ticketKeys: Buffer.alloc(48, 1),
  });
  await withListener(await identity(before), async (port, listener) => {
    const open = await handshake(port, { ca: before.certificatePem });
    listener.replaceTls(await identity(after_));
    (await handshake(port, { ca: after_.certificatePem })).destroy();
    await assert.rejects(handshake(port, { ca: before.certificatePem }));
    open.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const [answer] = (await once(open, "data")) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
    open.destroy();
  });
});
