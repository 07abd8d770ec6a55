// The AWS SDK for JavaScript v3 through the steps of ../README.md. It has a CA by a variable of Node.js: NODE_EXTRA_CA_CERTS.
import { createReadStream, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type GetObjectCommandInput, S3 } from "@aws-sdk/client-s3";
import sdk from "@aws-sdk/client-s3/package.json" with { type: "json" };
import { Upload } from "@aws-sdk/lib-storage";

if (process.argv[2] === "--version") {
  process.stdout.write(sdk.version);
  process.exit();
}

const setting = (name: string): string => process.env[`DRIVER_${name}`] ?? "";
const Bucket = setting("BUCKET");
const [source, copied, parts] = ["object", "copy", "parts"].map((name) => setting("PREFIX") + name);
const customer = { SSECustomerAlgorithm: "AES256", SSECustomerKey: setting("CUSTOMER_KEY") } as const;
const isCustomer = setting("SCHEME") === "sse-c";
const reading = isCustomer ? customer : {};
const copying = isCustomer
  ? { CopySourceSSECustomerAlgorithm: "AES256", CopySourceSSECustomerKey: setting("CUSTOMER_KEY") }
  : {};
const kms = { ServerSideEncryption: "aws:kms", SSEKMSKeyId: setting("KMS_KEY") } as const;
const sseS3 = { ServerSideEncryption: "AES256" } as const;
const writing = { "sse-s3": sseS3, "sse-kms": kms, "sse-c": customer }[setting("SCHEME")] ?? {};
const s3 = new S3({ forcePathStyle: true });

const done = (...words: readonly string[]): void => void process.stdout.write(`${words.join(" ")}\n`);

async function save(name: string, input: Omit<GetObjectCommandInput, "Bucket">): Promise<void> {
  const { Body } = await s3.getObject({ Bucket, ...input, ...reading });
  writeFileSync(join(setting("FOLDER"), name), (await Body?.transformToByteArray()) ?? "");
  done(name);
}

await s3.putObject({ Bucket, Key: source, Body: readFileSync(setting("SMALL")), ...writing });
done("put");
const head = await s3.headObject({ Bucket, Key: source, ...reading });
done("head", head.ServerSideEncryption ?? "customer", head.SSEKMSKeyId ?? "");
await save("range", { Key: source, Range: `bytes=${setting("RANGE")}` });
await s3.copyObject({ Bucket, Key: copied, CopySource: `${Bucket}/${source}`, ...writing, ...copying });
done("copy");
await save("get", { Key: copied });
const Body = createReadStream(setting("LARGE"));
await new Upload({ client: s3, params: { Bucket, Key: parts, Body, ...writing } }).done();
await save("parts", { Key: parts });
