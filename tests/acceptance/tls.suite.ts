import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ConnectionOptions, connect, DEFAULT_CIPHERS, type TLSSocket } from "node:tls";
import { startTestServer, type TestServer } from "../harness/test-server.ts";

describe("TLS", () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer("tls");
  });
  after(() => server.close());

  const handshake = (options: ConnectionOptions): Promise<TLSSocket> =>
    new Promise((resolve, reject) => {
      const { ca } = server.environment;
      const socket = connect({ host: "127.0.0.1", port: server.process.port, ca, ...options }, () =>
        resolve(socket),
      );
      socket.once("error", reject);
    });

  test("Node negotiates TLS 1.3 with X25519MLKEM768 and an AEAD", async () => {
    const socket = await handshake({});
    assert.equal(socket.getProtocol(), "TLSv1.3");
    assert.match(socket.getCipher().standardName, /GCM|CHACHA20/);
    const exchange: object = socket.getEphemeralKeyInfo() ?? {};
    socket.destroy();
    // Node names groups it knows by curve only: the proof is that nothing else is offered below.
    const hybridOnly = await handshake({ ecdhCurve: "X25519MLKEM768" });
    assert.equal(hybridOnly.getProtocol(), "TLSv1.3", JSON.stringify(exchange));
    hybridOnly.destroy();
  });

  test("clients without the hybrid still get X25519 or P-256", async () => {
    for (const ecdhCurve of ["X25519", "P-256"]) {
      const socket = await handshake({ ecdhCurve });
      assert.equal(socket.getProtocol(), "TLSv1.3");
      socket.destroy();
    }
  });

  test("TLS 1.2 with an AEAD is spoken", async () => {
    const socket = await handshake({
      maxVersion: "TLSv1.2",
      ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    });
    assert.equal(socket.getProtocol(), "TLSv1.2");
    socket.destroy();
  });

  for (const version of ["TLSv1.1", "TLSv1"] as const)
    test(`${version} is refused`, async () => {
      const ciphers = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;
      await assert.rejects(handshake({ minVersion: version, maxVersion: version, ciphers }));
    });

  for (const ciphers of [
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA",
    "AES128-GCM-SHA256",
    "AES256-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-CCM8",
  ])
    test(`${ciphers} is refused: no AEAD, or no forward secrecy`, async () => {
      await assert.rejects(handshake({ maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0` }));
    });

  test("the certificate is for localhost, buckets below it and 127.0.0.1, not for others", async () => {
    for (const servername of ["localhost", "bucket.s3.localhost"])
      (await handshake({ servername })).destroy();
    await assert.rejects(handshake({ servername: "example.com" }), /altnames/);
  });

  test("without the server's authority a client does not trust it", async () => {
    await assert.rejects(handshake({ ca: [] }), /self.signed|unable to/i);
  });
});
