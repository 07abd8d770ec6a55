// The encryption client in a real browser: WebCrypto alone, and what it wrote is read by Amazon's client for Python.
//   STRONGROOM_SCREENSHOT=FILE   keeps the picture of the page for the guide
//   STRONGROOM_CHROMIUM=FILE     which browser
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { connect } from "node:tls";
import { fileURLToPath } from "node:url";
import { KMS } from "@aws-sdk/client-kms";
import { type CORSRule, GetObjectCommand, PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { build } from "esbuild";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { PeerProcess } from "../interop/peers/peer-process.ts";
import { buildPeer } from "../interop/peers/peer-programs.ts";
import { Chromium } from "./chromium.ts";
import { type PageFile, type PageServer, startPageServer } from "./page-server.ts";

const CHROMIUM = process.env["STRONGROOM_CHROMIUM"] ?? "chromium";
const BUCKET = "dropped";
const CONTEXT = { "shared-by": "browser", project: "drop page" };
const FILE_NAME = "meeting notes.txt";
const LARGE_BYTES = 24 * 1024 * 1024;

const UNTIL_READY =
  "new Promise((done) => { const look = () => document.body.dataset.ready ? done() : setTimeout(look, 20); look(); })";

/** The rule that the README tells to set. */
function readmeCorsRule(): CORSRule {
  const readme = fileURLToPath(new URL("../../packages/s3-encryption-client/README.md", import.meta.url));
  const [, json = ""] = /^```json\n([\s\S]*?)^```$/m.exec(readFileSync(readme, "utf8")) ?? [];
  const { CORSRules } = JSON.parse(json) as { readonly CORSRules: readonly CORSRule[] };
  return CORSRules[0] ?? assert.fail("the README has no CORS rule");
}

const pageFile = (name: string): string => fileURLToPath(new URL(`drop-page/${name}`, import.meta.url));

/** SHA-256 of the key that the server shows: the browser cannot be given the authority that vouches for it. */
async function certificateKeyOf({ endpoint, ca }: TestServer["environment"]): Promise<string> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect({ host: hostname, port: Number(port), ca });
  try {
    await once(socket, "secureConnect");
    const shown = socket.getPeerX509Certificate() ?? assert.fail("no certificate");
    const spki = shown.publicKey.export({ type: "spki", format: "der" });
    return createHash("sha256").update(spki).digest("base64");
  } finally {
    socket.destroy();
  }
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [pageFile("drop-page.js")],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}

suite("the encryption client in Chromium", { skip: missingTool(CHROMIUM, "--version") }, () => {
  let server: TestServer;
  let pages: PageServer;
  let chromium: Chromium;
  let keyId = "";
  let sealed: {
    key: string;
    digest: string;
    isSame: boolean;
    ciphertextBytes: number;
    encryption: { authentication: string };
  };
  const connection = () => ({
    region: server.environment.region,
    credentials: server.environment.credentials,
    endpoint: pages.origin,
  });

  before(async () => {
    server = await startTestServer("browser");
    await server.makeBucket(BUCKET);
    const files = new Map<string, PageFile>();
    const target = {
      endpoint: server.environment.endpoint,
      authority: server.environment.ca.toString("utf8"),
    };
    pages = await startPageServer(files, target);
    const { KeyMetadata } = await new KMS(connection()).createKey({ Description: "of the drop page" });
    keyId = KeyMetadata?.KeyId ?? assert.fail("no key");
    const { region, credentials } = connection();
    const settings = { region, credentials, bucket: BUCKET, keyId, encryptionContext: CONTEXT };
    files.set("/page/", { type: "text/html", content: readFileSync(pageFile("index.html")) });
    files.set("/page/drop-page.js", { type: "text/javascript", content: await bundlePage() });
    files.set("/page/settings.json", { type: "application/json", content: JSON.stringify(settings) });
    const trusted = [await certificateKeyOf(server.environment)];
    chromium = await Chromium.start(CHROMIUM, { width: 900, height: 760 }, trusted);
    await chromium.open(`${pages.origin}/page/`);
    await chromium.evaluate(UNTIL_READY);
  });

  after(async () => {
    await chromium?.close();
    await pages?.close();
    await server?.close();
  });

  test("a file that is dropped is encrypted, put, fetched, verified and decrypted", async () => {
    const file = join(server.folder.path, FILE_NAME);
    const content = "Nobody but us reads this: 我們 – naïve, façade.\n".repeat(20);
    writeFileSync(file, content);
    await chromium.dropFiles("#drop", [file]);
    const result = await chromium.evaluate(
      "(async () => { while (!globalThis.lastSeal) await new Promise((next) => setTimeout(next, 20)); return globalThis.lastSeal; })()",
    );
    sealed = result as typeof sealed;
    assert.equal(sealed.isSame, true);
    assert.equal(sealed.digest, createHash("sha256").update(content).digest("hex"));
    assert.equal(sealed.ciphertextBytes, Buffer.byteLength(content) + 16);
    assert.equal(sealed.encryption.authentication, "verified");
    const picture = await chromium.screenshot();
    assert.equal(picture.length > 10_000, true);
    if (process.env["STRONGROOM_SCREENSHOT"] !== undefined)
      writeFileSync(process.env["STRONGROOM_SCREENSHOT"], picture);
  });

  test("Amazon's client for Python reads it", async (t) => {
    const peer = await buildPeer("python");
    if ("missing" in peer) return t.skip(peer.missing);
    const python = new PeerProcess(peer, server.environment.variables);
    try {
      const answer = await python.ask({
        op: "get",
        bucket: BUCKET,
        key: FILE_NAME,
        suite: "commit",
        keyring: { kind: "kms", keyId },
        storage: "metadata",
        context: CONTEXT,
        digest: true,
      });
      assert.equal(answer.ok && answer.sha256, sealed.digest, JSON.stringify(answer));
    } finally {
      await python.close();
    }
  });

  test("a presigned GET is decrypted without credentials for S3", async () => {
    const s3 = new S3Client({ ...connection(), forcePathStyle: true });
    const url = await getSignedUrl(s3, new GetObjectCommand({ Bucket: BUCKET, Key: FILE_NAME }));
    assert.equal(await chromium.evaluate(`page.openPresigned(${JSON.stringify(url)})`), sealed.digest);
  });

  test("an object that was changed is refused", async () => {
    assert.equal(await chromium.evaluate(`page.tamper(${JSON.stringify(FILE_NAME)})`), "TamperedObject");
  });

  test(`${LARGE_BYTES / 1024 / 1024} MiB stream through a small buffer, under a key that cannot be exported`, async (t) => {
    const result = (await chromium.evaluate(`page.streamLarge(${LARGE_BYTES})`)) as {
      isSame: boolean;
      uploadedMs: number;
      refusal: string;
      authentication: string;
    };
    t.diagnostic(`${Math.round(LARGE_BYTES / 1024 / 1024 / (result.uploadedMs / 1000))} MiB/s`);
    assert.equal(result.isSame, true);
    assert.equal(result.authentication, "delayed");
    assert.equal(result.refusal, "BufferLimit");
  });

  test("with the store at another origin, the README's CORS rules are enough, and without them nothing goes through", async (t) => {
    const s3 = new S3Client({ ...connection(), forcePathStyle: true });
    t.after(() => s3.destroy());
    const setRule = (rule: CORSRule) =>
      s3.send(new PutBucketCorsCommand({ Bucket: BUCKET, CORSConfiguration: { CORSRules: [rule] } }));
    const text = "across origins: façade";
    const seal = `page.seal(new File([${JSON.stringify(text)}], "across.txt")).catch(({ name }) => ({ name }))`;
    await chromium.open(`${pages.origin}/page/?store=${encodeURIComponent(server.environment.endpoint)}`);
    await chromium.evaluate(UNTIL_READY);
    const reach = `fetch(${JSON.stringify(server.environment.endpoint)}, { mode: "no-cors" }).then(({ type }) => type)`;
    assert.equal(await chromium.evaluate(reach), "opaque", "only CORS stands between the page and the store");
    const sealAcross = async () => (await chromium.evaluate(seal)) as Partial<typeof sealed>;
    assert.equal((await sealAcross()).isSame, undefined, "without rules");
    const rule = readmeCorsRule();
    await setRule(rule);
    assert.equal((await sealAcross()).isSame, undefined, "with rules for another origin");
    await setRule({ ...rule, AllowedOrigins: [pages.origin] });
    const crossed = await sealAcross();
    assert.equal(crossed.isSame, true, JSON.stringify([crossed, chromium.complaints]));
    const middle = text.slice(7, 13);
    const ranges = [middle, middle, Buffer.from(text).subarray(-8).toString("utf8")];
    assert.deepEqual(await chromium.evaluate('page.readRanges("across.txt")'), ranges);
    chromium.complaints.length = 0;
  });

  test("nothing was logged as an error, and nothing was thrown", () => {
    assert.deepEqual(
      chromium.complaints.filter(({ kind }) => kind === "exception" || kind === "error"),
      [],
    );
  });
});
