import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { GetFederationTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { createPresignedPost, type PresignedPostOptions } from "@aws-sdk/s3-presigned-post";
import { Tally } from "../harness/tally.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { missingTool } from "../harness/tool-lookup.ts";
import { type PresignedForm, sendForm } from "./browser-forms/send-form.ts";
import { type ClientWorkbench, runClient } from "./clients/client-workbench.ts";

const BUCKET = "browser-forms";
const BOTO3_SCRIPT = fileURLToPath(new URL("browser-forms/make-form.py", import.meta.url));
const noBoto3 = missingTool("python3", "-c", "import boto3");
const noCurl = missingTool("curl", "--version");
const SIZES = [0, 1, 65_536, 3_000_000] as const;

describe("forms that browsers send", () => {
  const tally = new Tally();
  let server: TestServer;
  let bench: ClientWorkbench;
  let s3: S3Client;

  const clientOf = (credentials: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken?: string;
  }): S3Client => {
    const { ca, endpoint, region } = server.environment;
    const requestHandler = { httpsAgent: new Agent({ ca }) };
    return new S3Client({
      endpoint,
      region,
      credentials,
      requestHandler,
      forcePathStyle: true,
      maxAttempts: 1,
    });
  };
  const formOf = (options: Partial<PresignedPostOptions>, client = s3): Promise<PresignedForm> =>
    createPresignedPost(client, { Bucket: BUCKET, Key: "k", Expires: 60, ...options });
  const read = async (Key: string): Promise<Buffer> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  };

  before(async () => {
    server = await startTestServer("browser-forms", { workers: 2 });
    await server.makeBucket(BUCKET);
    const home = join(server.folder.path, "home");
    mkdirSync(home);
    bench = { server, home, tally };
    s3 = clientOf(server.environment.credentials);
  });

  after(async () => {
    s3.destroy();
    await server.close();
    tally.conclude(console.log, ["forms of the JavaScript SDK"]);
  });

  test("createPresignedPost: files of every size, under keys from their names", async () => {
    for (const size of SIZES) {
      const bytes = bytesOf(`form-${size}`, size);
      const form = await formOf({
        Key: `js/${size}/\${filename}`,
        Conditions: [["content-length-range", 0, 5_000_000]],
      });
      const answer = await sendForm(server, form, new File([new Uint8Array(bytes)], "größe & 1.bin"));
      assert.equal(answer.status, 204, answer.body);
      assert.equal(answer.headers["etag"], `"${createHash("md5").update(bytes).digest("hex")}"`);
      assert.deepEqual(await read(`js/${size}/größe & 1.bin`), bytes);
      tally.add("forms of the JavaScript SDK");
    }
  });

  test("createPresignedPost: what fields say is what the object is, and no more than they say", async () => {
    const Fields = {
      "Content-Type": "text/x-form",
      "x-amz-meta-colour": "blue",
      "x-amz-storage-class": "STANDARD_IA",
      "x-amz-server-side-encryption": "AES256",
      success_action_status: "201",
      tagging: "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>",
    };
    const form = await formOf({ Key: "js/described", Fields });
    const file = new File(["content"], "f");
    const answer = await sendForm(server, form, file);
    assert.equal(answer.status, 201, answer.body);
    assert.equal(answer.headers["location"], `${server.process.endpoint}/${BUCKET}/js%2Fdescribed`);
    const head = await s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: "js/described" }));
    assert.equal(head.ContentType, "text/x-form");
    assert.deepEqual(head.Metadata, { colour: "blue" });
    assert.equal(head.StorageClass, "STANDARD_IA");
    assert.equal(head.ServerSideEncryption, "AES256");
    for (const changes of [{ acl: "public-read" }, { key: "js/elsewhere" }, { "x-amz-meta-colour": "red" }]) {
      const refused = await sendForm(server, form, file, changes);
      assert.equal(refused.status, 403, JSON.stringify(changes));
      assert.match(
        refused.body,
        /<Message>Invalid according to Policy: (Extra input fields|Policy Condition failed): /,
      );
    }
    const tooLarge = await formOf({ Key: "js/large", Conditions: [["content-length-range", 0, 3]] });
    assert.match((await sendForm(server, tooLarge, file)).body, /<Code>EntityTooLarge<.*<ProposedSize>7</);
    tally.add("forms of the JavaScript SDK", 5);
  });

  test("createPresignedPost under temporary credentials, whose session policy holds", async () => {
    const { ca, endpoint, region, credentials } = server.environment;
    const requestHandler = { httpsAgent: new Agent({ ca }) };
    const sts = new STSClient({ endpoint, region, credentials, requestHandler, maxAttempts: 1 });
    const Policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "s3:PutObject", Resource: `arn:aws:s3:::${BUCKET}/allowed/*` }],
    });
    const { Credentials } = await sts.send(new GetFederationTokenCommand({ Name: "visitor", Policy }));
    sts.destroy();
    const visitor = clientOf({
      accessKeyId: Credentials?.AccessKeyId ?? "",
      secretAccessKey: Credentials?.SecretAccessKey ?? "",
      sessionToken: Credentials?.SessionToken ?? "",
    });
    const file = new File(["content"], "f");
    const allowed = await formOf({ Key: "allowed/k" }, visitor);
    assert.ok(Object.keys(allowed.fields).some((name) => name.toLowerCase() === "x-amz-security-token"));
    const answer = await sendForm(server, allowed, file);
    assert.equal(answer.status, 204, answer.body);
    assert.equal((await sendForm(server, await formOf({ Key: "other/k" }, visitor), file)).status, 403);
    const tokenName = Object.keys(allowed.fields).find((name) => /security-token/i.test(name)) ?? "";
    const forged = await sendForm(server, allowed, file, { [tokenName]: "made-up" });
    assert.match(`${forged.status} ${forged.body}`, /^40[03] .*<Code>(InvalidToken|InvalidAccessKeyId)</s);
    visitor.destroy();
    tally.add("forms of the JavaScript SDK", 3);
  });

  test("boto3's generate_presigned_post, sent by curl", { skip: noBoto3 || noCurl }, async () => {
    const fields = { "Content-Type": "text/plain", success_action_redirect: "https://example.com/done?a=b" };
    const conditions = [
      { "Content-Type": "text/plain" },
      ["starts-with", "$success_action_redirect", "https://example.com/"],
      ["content-length-range", 1, 4_000_000],
    ];
    for (const size of SIZES.slice(1)) {
      const key = `boto3/${size}/\${filename}`;
      const parameters = [BOTO3_SCRIPT, BUCKET, key, JSON.stringify(fields), JSON.stringify(conditions)];
      const form: PresignedForm = JSON.parse(await runClient(bench, "python3", parameters));
      const path = join(bench.home, "upload.bin");
      const bytes = bytesOf(`boto3-${size}`, size);
      writeFileSync(path, bytes);
      const flags = Object.entries(form.fields).flatMap(([name, value]) => [
        "--form-string",
        `${name}=${value}`,
      ]);
      const printed = await runClient(bench, "curl", [
        ...["--silent", "--show-error", "--cacert", server.environment.caFile],
        ...["--write-out", "%{http_code} %{redirect_url}", ...flags, "--form", `file=@${path}`, form.url],
      ]);
      const etag = createHash("md5").update(bytes).digest("hex");
      const objectKey = `boto3/${size}/upload.bin`;
      const result = `bucket=${BUCKET}&key=${encodeURIComponent(objectKey)}&etag=%22${etag}%22`;
      assert.equal(printed, `303 https://example.com/done?a=b&${result}`);
      assert.deepEqual(await read(objectKey), bytes);
      tally.add("forms of boto3");
    }
  });
});
