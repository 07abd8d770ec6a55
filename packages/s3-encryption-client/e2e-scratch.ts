import { S3Client, CreateBucketCommand, PutObjectCommand, GetObjectCommand, DeleteObjectsCommand, HeadObjectCommand, CopyObjectCommand, CreateMultipartUploadCommand } from "@aws-sdk/client-s3";
import { S3EncryptionClient, AesKeyring, Upload } from "@strongroom/s3-encryption-client";
import { Readable } from "node:stream";
const s3 = new S3Client({ forcePathStyle: true });
const Bucket = "enc-" + Date.now();
await s3.send(new CreateBucketCommand({ Bucket }));
for (const write of [false, true]) {
const client = new S3EncryptionClient({ client: s3, keyring: new AesKeyring({ key: new Uint8Array(32).fill(3), materialsDescription: {n: "ключ 我"} }), instructionFiles: { write }, rangedGets: "unauthenticated" });
await client.send(new PutObjectCommand({ Bucket, Key: "a b/ü", Body: "hello", ChecksumAlgorithm: "SHA256" }));
const o = await client.send(new GetObjectCommand({ Bucket, Key: "a b/ü" }));
console.log(await o.Body?.transformToString(), o.Encryption, o.ContentLength);
await client.send(new CopyObjectCommand({ Bucket, Key: "copy", CopySource: `${Bucket}/${encodeURIComponent("a b/ü")}` }));
console.log(await (await client.send(new GetObjectCommand({ Bucket, Key: "copy" }))).Body?.transformToString());
const big = Buffer.alloc(20 << 20, "xyz");
const up = new Upload({ client, params: { Bucket, Key: "big", Body: Readable.from([big.subarray(0, 7<<20), big.subarray(7<<20)]) } }).on("httpUploadProgress", (p) => console.log(p.loaded, p.total, p.part));
await up.done();
const g = await client.send(new GetObjectCommand({ Bucket, Key: "big" }));
console.log(Buffer.compare(Buffer.from(await g.Body!.transformToByteArray()), big), (await client.send(new HeadObjectCommand({ Bucket, Key: "big" }))).ContentLength === big.length);
console.log(await (await client.send(new GetObjectCommand({ Bucket, Key: "big", Range: "bytes=6291451-6291465" }))).Body?.transformToString());
console.log(await (await client.send(new GetObjectCommand({ Bucket, Key: "big", Range: "bytes=-5" }))).Body?.transformToString());
// stream larger than buffer
const c2 = new S3EncryptionClient({ client: s3, keyring: new AesKeyring({ key: new Uint8Array(32).fill(3) }), bufferSizeBytes: 1<<20 });
await c2.send(new PutObjectCommand({ Bucket, Key: "streamed", Body: Readable.from([big]), ContentLength: big.length }));
console.log((await client.send(new GetObjectCommand({ Bucket, Key: "streamed" }))).ContentLength);
await c2.send(new GetObjectCommand({ Bucket, Key: "streamed" })).catch((e) => console.log(e.name, e.message));
const r = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key: "big" }, { Key: "copy" }] } }));
console.log(r.Deleted, r.Errors);
}
