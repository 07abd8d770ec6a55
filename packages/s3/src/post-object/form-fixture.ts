import { createHmac, createSecretKey } from "node:crypto";
import { printAmzDate, SigningKeys } from "@strongroom/wire";
import { RawSocket, requestHead } from "../raw-socket.ts";
import {
  FIXTURE_REGION,
  type FixtureAnswer,
  type FixtureUser,
  type ServiceFixture,
  sendRaw,
} from "../service-fixture.ts";

const BOUNDARY = "----fixture7MA4YWxkTrZu0gW";

export interface FormUpload {
  readonly bucket?: string;
  /** Fields besides those of the signature; each gets its condition unless `uncovered` names it. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly uncovered?: readonly string[];
  readonly conditions?: readonly unknown[];
  readonly file?: string | Uint8Array;
  /** null: the file part names no file. */
  readonly fileName?: string | null;
  readonly expiresMs?: number;
  /** null: anonymous. */
  readonly as?: FixtureUser | null;
  readonly version?: 2 | 4;
  /** Changes the fields after they were signed; undefined removes one. */
  readonly change?: Readonly<Record<string, string | undefined>>;
  readonly afterFile?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly target?: string;
}

/** Sends a form as a browser would, signed by alice unless it says otherwise. */
export function postForm(fixture: ServiceFixture, upload: FormUpload = {}): Promise<FixtureAnswer> {
  const { target, headers, body } = formRequest(fixture, upload);
  return sendRaw(fixture.port, "POST", target, headers, body);
}

/** Sends the first half of a large form for `key`, and hangs up. */
export async function breakOff(fixture: ServiceFixture, key: string): Promise<{ socket: "closed" }> {
  const { target, headers, body } = formRequest(fixture, { fields: { key }, file: Buffer.alloc(500_000) });
  const socket = new RawSocket(fixture.port);
  socket.send(requestHead("POST", target, headers), body.subarray(0, 250_000));
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.destroy();
  await socket.until(() => socket.closed);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { socket: "closed" };
}

interface FormRequest {
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

function formRequest(fixture: ServiceFixture, upload: FormUpload): FormRequest {
  const { bucket = "vault", as = fixture.alice } = upload;
  const fields = { key: "form.txt", ...upload.fields };
  const signed = as === null ? fields : { ...fields, ...signatureFields(upload, fields, bucket, as) };
  const changed = Object.entries({ ...signed, ...upload.change }).filter((entry) => entry[1] !== undefined);
  const body = printForm(Object.fromEntries(changed) as Record<string, string>, upload);
  const headers = {
    host: fixture.host,
    "content-type": `multipart/form-data; boundary=${BOUNDARY}`,
    "content-length": String(body.length),
    ...upload.headers,
  };
  return { target: upload.target ?? `/${bucket}`, headers, body };
}

function signatureFields(
  { uncovered = [], conditions = [], expiresMs = Date.now() + 60_000, version = 4 }: FormUpload,
  fields: Readonly<Record<string, string>>,
  bucket: string,
  { credentials }: FixtureUser,
): Record<string, string> {
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const amzDate = printAmzDate(Date.now());
  const scope = { date: amzDate.slice(0, 8), region: FIXTURE_REGION, service: "s3" };
  const stated: Record<string, string> = {
    ...(version === 2
      ? { AWSAccessKeyId: accessKeyId }
      : {
          "x-amz-algorithm": "AWS4-HMAC-SHA256",
          "x-amz-credential": `${accessKeyId}/${scope.date}/${FIXTURE_REGION}/s3/aws4_request`,
          "x-amz-date": amzDate,
        }),
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const covered = Object.entries({ bucket, ...fields, ...stated })
    .filter(([name]) => !uncovered.includes(name))
    .map(([name, value]) => ({ [name]: value }));
  const document = { expiration: new Date(expiresMs).toISOString(), conditions: [...covered, ...conditions] };
  const policy = Buffer.from(JSON.stringify(document)).toString("base64");
  if (version === 2) {
    const hmac = createHmac("sha1", createSecretKey(secretAccessKey.expose()));
    return { ...stated, policy, signature: hmac.update(policy).digest("base64") };
  }
  const signingKey = new SigningKeys().signingKey(accessKeyId, secretAccessKey, scope);
  const signature = createHmac("sha256", signingKey).update(policy).digest("hex");
  return { ...stated, policy, "x-amz-signature": signature };
}

function printForm(fields: Readonly<Record<string, string>>, upload: FormUpload): Buffer {
  const part = (name: string, more: string, body: string | Uint8Array): Buffer =>
    Buffer.concat([
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`),
      typeof body === "string" ? Buffer.from(body) : body,
      Buffer.from("\r\n"),
    ]);
  const { file = "content", fileName = "a.txt", afterFile = {} } = upload;
  const named = fileName === null ? "" : `; filename="${fileName}"\r\nContent-Type: application/x-ignored`;
  return Buffer.concat([
    ...Object.entries(fields).map(([name, value]) => part(name, "", value)),
    part("file", named, file),
    ...Object.entries(afterFile).map(([name, value]) => part(name, "", value)),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}
