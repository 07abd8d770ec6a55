import { createHmac } from "node:crypto";
import type { ClientEnvironment } from "./client-environment.ts";
import { timestampOf } from "./sigv4-signer.ts";

const BOUNDARY = "----badinput7MA4YWxkTrZu0gW";
export const FORM_CONTENT_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
export const FORM_END = `--${BOUNDARY}--\r\n`;

export interface SignedForm {
  readonly bucket: string;
  readonly objectKey: string;
  /** In the form, spoken of by the policy. */
  readonly fields?: readonly (readonly [string, string])[];
  /** In the form, and nowhere else. */
  readonly added?: readonly (readonly [string, string])[];
  readonly conditions?: readonly unknown[];
  readonly expiresMs?: number;
}

export const formField = (name: string, value: string): string =>
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
export const FORM_FILE_HEAD = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n`;
export const formFile = (content: string): string => `${FORM_FILE_HEAD}${content}\r\n`;

/** The signed fields of a form, as a page would hold them. */
export function signedFields(
  { credentials, region }: Pick<ClientEnvironment, "credentials" | "region">,
  form: SignedForm,
): string {
  const timestamp = timestampOf(Date.now());
  const day = timestamp.slice(0, 8);
  const stated: (readonly [string, string])[] = [
    ["key", form.objectKey],
    ...(form.fields ?? []),
    ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
    ["x-amz-credential", `${credentials.accessKeyId}/${day}/${region}/s3/aws4_request`],
    ["x-amz-date", timestamp],
  ];
  const covered = [["bucket", form.bucket] as const, ...stated].map(([name, value]) => ({ [name]: value }));
  const document = {
    expiration: new Date(form.expiresMs ?? Date.now() + 60_000).toISOString(),
    conditions: [...covered, ...(form.conditions ?? [])],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString("base64");
  const hmac = (key: Buffer | string, text: string): Buffer =>
    createHmac("sha256", key).update(text).digest();
  const key = [day, region, "s3", "aws4_request"].reduce<Buffer>(
    hmac,
    Buffer.from(`AWS4${credentials.secretAccessKey}`),
  );
  const signature = hmac(key, policy).toString("hex");
  return [...stated, ["policy", policy] as const, ["x-amz-signature", signature] as const]
    .map(([name, value]) => formField(name, value))
    .join("");
}

/** The whole body: signed fields, added ones, the file. */
export function wholeForm(environment: ClientEnvironment, form: SignedForm, content = "content"): string {
  const added = (form.added ?? []).map(([name, value]) => formField(name, value)).join("");
  return `${signedFields(environment, form)}${added}${formFile(content)}${FORM_END}`;
}
