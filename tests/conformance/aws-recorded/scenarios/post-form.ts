import { createHmac } from "node:crypto";
import { timestampOf } from "../../../harness/sigv4-signer.ts";
import type { WireResponse } from "../../../harness/wire-client.ts";
import type { Scenario } from "../scenario.ts";
import { parseXml } from "../xml.ts";

const BOUNDARY = "recorded7MA4YWxkTrZu0gW";

export interface PostForm {
  readonly Key: string;
  readonly Fields?: Readonly<Record<string, string>>;
  readonly Conditions?: readonly unknown[];
  /** Seconds; default 60. */
  readonly ExpiresIn?: number;
  readonly signatureVersion?: string;
}

export interface SentFile {
  readonly content: string;
  /** null: the part names no file. */
  readonly name?: string | null;
}

type Fields = Readonly<Record<string, string>>;

/** The fields that boto3's `generate_presigned_post` makes; unlike other SDKs' it adds no conditions for `Fields`. */
export function presignForm(t: Scenario, form: PostForm): Record<string, string> {
  const { credentials, region } = t.clients.wire.target;
  const { Key, Fields = {}, Conditions = [], ExpiresIn = 60, signatureVersion = "s3v4" } = form;
  const suffix = "$" + "{filename}";
  const key = Key.endsWith(suffix) ? ["starts-with", "$key", Key.slice(0, -suffix.length)] : { key: Key };
  const timestamp = timestampOf(Date.now());
  const day = timestamp.slice(0, 8);
  const stated: Fields =
    signatureVersion === "s3"
      ? {}
      : {
          "x-amz-algorithm": "AWS4-HMAC-SHA256",
          "x-amz-credential": `${credentials.accessKeyId}/${day}/${region}/s3/aws4_request`,
          "x-amz-date": timestamp,
        };
  const document = {
    expiration: new Date(Date.now() + ExpiresIn * 1000).toISOString().replace(/\.\d+/, ""),
    conditions: [
      ...Conditions,
      { bucket: t.bucket },
      key,
      ...Object.entries(stated).map(([name, value]) => ({ [name]: value })),
    ],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString("base64");
  const { accessKeyId, secretAccessKey } = credentials;
  if (signatureVersion === "s3") {
    const signature = createHmac("sha1", secretAccessKey).update(policy).digest("base64");
    return { ...Fields, key: Key, AWSAccessKeyId: accessKeyId, policy, signature };
  }
  const hmac = (secret: Buffer | string, text: string): Buffer =>
    createHmac("sha256", secret).update(text).digest();
  const signingKey = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return {
    ...Fields,
    key: Key,
    ...stated,
    policy,
    "x-amz-signature": hmac(signingKey, policy).toString("hex"),
  };
}

/** Sends the fields and, last, the file. */
export function postForm(
  t: Scenario,
  fields: Fields,
  file: SentFile = { content: "abcdef" },
  contentType = `multipart/form-data; boundary=${BOUNDARY}`,
): Promise<WireResponse> {
  const part = (name: string, more: string, value: string): string =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`;
  const named = file.name === null ? "" : `; filename="${file.name ?? "file"}"`;
  const parts = Object.entries(fields).map(([name, value]) => part(name, "", value));
  const body = `${parts.join("")}${part("file", named, file.content)}--${BOUNDARY}--\r\n`;
  return t.wire({
    method: "POST",
    headers: { "content-type": contentType },
    body: Buffer.from(body),
    credentials: null,
  });
}

/** The document of an answer as the recordings hold it. */
export const documentOf = (response: WireResponse): object =>
  Object(parseXml(response.body.toString("utf8")));

export const documentAndStatus = (response: WireResponse): object => ({
  ...documentOf(response),
  StatusCode: response.status,
});
