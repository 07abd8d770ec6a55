// MinIO's client for JavaScript through the steps of ../README.md. It has a CA by a variable of Node.js: NODE_EXTRA_CA_CERTS.
import { createHash } from "node:crypto";
import { createWriteStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Client, CopyDestinationOptions, CopySourceOptions } from "minio";

if (process.argv[2] === "--version") {
  const manifest = new URL("./node_modules/minio/package.json", import.meta.url);
  process.stdout.write(JSON.parse(readFileSync(manifest, "utf8")).version);
  process.exit();
}

const setting = (name) => process.env[`DRIVER_${name}`] ?? "";
const bucket = setting("BUCKET");
const [source, copied, parts] = ["object", "copy", "parts"].map((name) => setting("PREFIX") + name);
const key = Buffer.from(setting("CUSTOMER_KEY"));
const SSE = "x-amz-server-side-encryption";
const customer = (prefix) => ({
  [`${prefix}-algorithm`]: "AES256",
  [`${prefix}-key`]: key.toString("base64"),
  [`${prefix}-key-md5`]: createHash("md5").update(key).digest("base64"),
});
// It takes the headers themselves, which is all it has for an upload.
const writing =
  {
    "sse-s3": { [SSE]: "AES256" },
    "sse-kms": { [SSE]: "aws:kms", [`${SSE}-aws-kms-key-id`]: setting("KMS_KEY") },
    "sse-c": customer(`${SSE}-customer`),
  }[setting("SCHEME")] ?? {};
const isCustomer = setting("SCHEME") === "sse-c";
const endpoint = new URL(process.env.AWS_ENDPOINT_URL);
const client = new Client({
  endPoint: endpoint.hostname,
  port: Number(endpoint.port),
  useSSL: true,
  partSize: 5 << 20,
  region: process.env.AWS_REGION,
  accessKey: process.env.AWS_ACCESS_KEY_ID,
  secretKey: process.env.AWS_SECRET_ACCESS_KEY,
});

const done = (...words) => process.stdout.write(`${words.join(" ")}\n`);
const save = async (name, stream) => {
  await pipeline(await stream, createWriteStream(join(setting("FOLDER"), name)));
  done(name);
};

await client.fPutObject(bucket, source, setting("SMALL"), writing);
done("put");
// Its HEAD takes no headers, and its parts carry none: both need the key under SSE-C.
if (!isCustomer) {
  const { metaData } = await client.statObject(bucket, source);
  done("head", metaData[SSE], metaData[`${SSE}-aws-kms-key-id`] ?? "");
}
const reading = isCustomer
  ? {
      SSECustomerAlgorithm: "AES256",
      SSECustomerKey: key.toString("base64"),
      SSECustomerKeyMD5: writing[`${SSE}-customer-key-md5`],
    }
  : {};
const [first, last] = setting("RANGE").split("-").map(Number);
await save("range", client.getPartialObject(bucket, source, first, last - first + 1, reading));
await client.copyObject(
  new CopySourceOptions({ Bucket: bucket, Object: source }),
  new CopyDestinationOptions({
    Bucket: bucket,
    Object: copied,
    Headers: {
      ...writing,
      ...(isCustomer ? customer(`x-amz-copy-source-server-side-encryption-customer`) : {}),
    },
  }),
);
done("copy");
await save("get", client.getObject(bucket, copied, reading));
if (!isCustomer) {
  await client.fPutObject(bucket, parts, setting("LARGE"), writing);
  await save("parts", client.getObject(bucket, parts));
}
