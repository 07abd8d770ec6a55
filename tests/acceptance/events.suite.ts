import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Agent } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { makeScratchFolder, type ScratchFolder } from "../harness/scratch-folder.ts";
import { type StrongroomProcess, startStrongroom } from "../harness/strongroom-process.ts";
import { Tally } from "../harness/tally.ts";
import { makeAuthority, noOpenssl } from "../harness/test-certificates.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { isSignedUnder, WebhookReceiver } from "./events/webhook-receiver.ts";

const REGION = "us-east-1";

describe("events to webhooks", { skip: noOpenssl }, () => {
  const tally = new Tally();
  const token = `token-${randomBytes(12).toString("hex")}`;
  const secret = `secret-${randomBytes(12).toString("hex")}`;
  let server: TestServer;
  let receiver: WebhookReceiver;
  let s3: S3Client;
  let account: string;

  let running: StrongroomProcess;
  let hooks: ScratchFolder;
  let distrusted: WebhookReceiver;

  const queue = (name: string): string => `arn:aws:sqs:${REGION}:${account}:${name}`;
  const configure = (Bucket: string, webhook: string, Events: Event[], prefix?: string) =>
    s3.send(
      new PutBucketNotificationConfigurationCommand({
        Bucket,
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Id: `rule-${webhook}`,
              QueueArn: queue(webhook),
              Events,
              ...(prefix === undefined
                ? {}
                : { Filter: { Key: { FilterRules: [{ Name: "prefix", Value: prefix }] } } }),
            },
          ],
        },
      }),
    );
  const metric = async (name: string, webhook: string): Promise<number> => {
    const response = await server.client.request({ method: "GET", bucket: "-", objectKey: "metrics" });
    const line = new RegExp(`^${name}\\{webhook="${webhook}"\\} (\\d+)$`, "m");
    return Number(line.exec(response.body.toString())?.[1] ?? Number.NaN);
  };

  before(async () => {
    hooks = makeScratchFolder("event-hooks");
    const authority = makeAuthority(hooks.path, "hooks");
    receiver = await WebhookReceiver.start(authority.issue("receiver", true));
    distrusted = await WebhookReceiver.start(makeAuthority(hooks.path, "strangers").issue("stranger", true));
    const file = (name: string, text: string): string => {
      const path = join(hooks.path, name);
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const at = ({ port }: WebhookReceiver, path: string): string => `https://127.0.0.1:${port}/${path}`;
    const webhooks = [
      `orders=${at(receiver, "orders")}`,
      `other=${at(receiver, "other")}`,
      `distrusted=${at(distrusted, "")}`,
    ];
    server = await startTestServer("events", {
      workers: 2,
      moreArguments: [
        ...["--webhooks", webhooks.join(",")],
        ...["--webhook-tokens", `orders=${file("token", `${token}\n`)}`],
        ...["--webhook-secrets", `orders=${file("secret", `${secret}\n`)}`],
        ...["--webhook-ca", authority.certificateFile],
      ],
    });
    running = server.process;
    const { ca, credentials } = server.environment;
    const settings = {
      endpoint: running.endpoint,
      region: REGION,
      forcePathStyle: true,
      credentials,
      requestHandler: { httpsAgent: new Agent({ ca, keepAlive: true }) },
    };
    s3 = new S3Client(settings);
    account = (await new STSClient(settings).send(new GetCallerIdentityCommand({}))).Account ?? "";
  });

  after(async () => {
    s3.destroy();
    server.client.close();
    const exit = await running.stop();
    await receiver.close();
    await distrusted.close();
    hooks.remove();
    server.folder.remove();
    assert.deepEqual(exit, { code: 0, signal: null }, running.output.slice(-2000));
    tally.conclude(console.log, ["events", "events after a kill"]);
  });

  test("a test message, then every change as S3 tells it, filtered, signed, without a secret [L-98]", async () => {
    const Bucket = "event-kinds";
    await server.makeBucket(Bucket);
    await configure(
      Bucket,
      "orders",
      ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"],
      "in/",
    );
    const told = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
    assert.deepEqual(told.QueueConfigurations, [
      {
        Id: "rule-orders",
        QueueArn: queue("orders"),
        Events: ["s3:ObjectCreated:*", "s3:ObjectRemoved:*", "s3:ObjectTagging:*"],
        Filter: { Key: { FilterRules: [{ Name: "Prefix", Value: "in/" }] } },
      },
    ]);
    await receiver.until(() => receiver.messages.length === 1);
    const [first] = receiver.messages;
    assert.match(first?.text ?? "", /"Service":"Amazon S3","Event":"s3:TestEvent".*"Bucket":"event-kinds"/);

    const Key = "in/a b+c";
    const put = await s3.send(new PutObjectCommand({ Bucket, Key, Body: "hello" }));
    await s3.send(new PutObjectCommand({ Bucket, Key: "out/x", Body: "unheard" }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: "in/copy", CopySource: `${Bucket}/out/x` }));
    await s3.send(
      new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "t", Value: "v" }] } }),
    );
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "in/parts" }));
    const part = { Bucket, Key: "in/parts", UploadId, PartNumber: 1 };
    const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: "part" }));
    const MultipartUpload = { Parts: [{ ETag, PartNumber: 1 }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...part, MultipartUpload }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: "in/parts" }));
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }));
    await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId: "null" }));

    await receiver.until(() => receiver.records.length >= 7);
    const { records } = receiver;
    assert.deepEqual(
      records.map(({ eventName, s3: { object } }) => `${eventName} ${object.key}`),
      [
        "ObjectCreated:Put in/a+b%2Bc",
        "ObjectCreated:Copy in/copy",
        "ObjectTagging:Put in/a+b%2Bc",
        "ObjectCreated:CompleteMultipartUpload in/parts",
        "ObjectRemoved:Delete in/parts",
        "ObjectRemoved:DeleteMarkerCreated in/a+b%2Bc",
        "ObjectRemoved:Delete in/a+b%2Bc",
      ],
    );
    tally.add("events", records.length);
    const record = records[0];
    assert.equal(record?.eventVersion, "2.1");
    assert.equal(record?.s3.object.size, 5);
    assert.equal(record?.s3.object.eTag, put.ETag?.replaceAll('"', ""));
    assert.equal(record?.s3.configurationId, "rule-orders");
    assert.equal(record?.requestParameters.sourceIPAddress, "127.0.0.1");
    assert.equal(record?.userIdentity.principalId, `AWS:${account}`);
    assert.equal(record?.responseElements["x-amz-request-id"], put.$metadata.requestId);
    assert.match(records[5]?.s3.object.versionId ?? "", /^\S{32}$/);
    for (const message of receiver.messages) {
      assert.equal(message.path, "/orders");
      assert.equal(message.authorization, `Bearer ${token}`);
      assert.ok(isSignedUnder(secret, message), "signature");
    }
  });

  test("what was committed is told though everything is killed while the webhook is down", async () => {
    const Bucket = "event-kill";
    await server.makeBucket(Bucket);
    receiver.status = 503;
    await configure(Bucket, "other", ["s3:ObjectCreated:*"]);
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
    await Promise.all(keys.map((Key) => s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }))));
    await receiver.until(() => receiver.refused > 0);
    assert.equal(await metric("strongroom_events_waiting", "other"), 41);
    assert.ok((await metric("strongroom_event_delivery_failures_total", "other")) > 0);
    await running.kill();
    receiver.status = 200;
    running = await startStrongroom({ ...running.options, port: running.port });
    const heard = (): Set<string> =>
      new Set(
        receiver.records.filter(({ s3: { bucket } }) => bucket.name === Bucket).map((r) => r.s3.object.key),
      );
    await receiver.until(() => heard().size === keys.length);
    tally.add("events after a kill", heard().size);
    const names = receiver.messages.filter(({ path }) => path === "/other");
    assert.ok(
      names.every(({ authorization, signature }) => authorization === undefined && signature === undefined),
    );
  });

  test("no certificate that does not hold, and no redirect", async () => {
    const Bucket = "event-distrust";
    await server.makeBucket(Bucket);
    await configure(Bucket, "distrusted", ["s3:ObjectCreated:*"]);
    const failures = "strongroom_event_delivery_failures_total";
    await until(async () => (await metric(failures, "distrusted")) > 0);
    assert.equal(distrusted.messages.length, 0);

    receiver.status = 307;
    receiver.location = `https://127.0.0.1:${receiver.port}/elsewhere`;
    const before = receiver.messages.length;
    const refused = receiver.refused;
    await configure(Bucket, "other", ["s3:ObjectCreated:*"]);
    await receiver.until(() => receiver.refused > refused);
    assert.equal(receiver.messages.length, before);
    receiver.status = 200;
    receiver.location = null;
    await receiver.until(() => receiver.messages.length > before);
    assert.ok(receiver.messages.every(({ path }) => path !== "/elsewhere"));
  });

  test("a webhook that there is not, or that is another account's, is refused with AWS's words", async () => {
    const Bucket = "event-refused";
    await server.makeBucket(Bucket);
    await assert.rejects(configure(Bucket, "nobody", ["s3:ObjectCreated:*"]), {
      name: "InvalidArgument",
      message: "Unable to validate the following destination configurations",
    });
  });
});

async function until(isMet: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 30_000; Date.now() < endMs; await sleep(100)) if (await isMet()) return;
  throw new Error("waited in vain");
}
