import { optionalChild, optionalText, parseXml, requireOnlyChildren, requireRoot } from "@strongroom/wire";
import { type S3Error, s3Error } from "../errors.ts";

/** What UpdateObjectEncryption asks for. */
export interface ObjectEncryptionUpdate {
  readonly keyArn: string;
  readonly bucketKeyEnabled: boolean;
}

const KEY_ARN = /^arn:aws[a-zA-Z0-9-]*:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/;
const MIN_ARN_LENGTH = 20;
const MAX_ARN_LENGTH = 2048;
const TWO_LAYERS_OR_CUSTOMERS = ["DSSE-KMS", "SSE-C"];

/** Throws MalformedXML, and InvalidRequest in the words of the operation's own errors (reference §3.7). */
export function readObjectEncryption(text: string): ObjectEncryptionUpdate {
  const root = requireRoot(parseXml(text), "ObjectEncryption");
  if (TWO_LAYERS_OR_CUSTOMERS.some((name) => optionalChild(root, name) !== undefined)) {
    throw invalid(
      "The UpdateObjectEncryption operation doesn't support updating the encryption type to DSSE-KMS or SSE-C. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.",
    );
  }
  const kms = optionalChild(root, "SSE-KMS");
  if (kms === undefined) {
    throw invalid(
      "Requests that modify an object encryption configuration require a valid new encryption type. Valid values are SSEKMS. Modify the request to specify SSE-KMS for the updated encryption type, and then try again.",
    );
  }
  requireOnlyChildren(root, ["SSE-KMS"]);
  requireOnlyChildren(kms, ["KMSKeyArn", "BucketKeyEnabled"]);
  const keyArn = optionalText(kms, "KMSKeyArn");
  if (keyArn === undefined || keyArn === "") {
    throw invalid(
      "Requests that modify an object's encryption type to SSE-KMS require an AWS KMS key Amazon Resource Name (ARN). Modify the request to specify a KMS key ARN, and then try again.",
    );
  }
  if (keyArn.length < MIN_ARN_LENGTH || keyArn.length > MAX_ARN_LENGTH || !KEY_ARN.test(keyArn)) {
    throw invalid(
      "Requests that modify an object's encryption type to SSE-KMS require a valid AWS KMS key Amazon Resource Name (ARN). Confirm that you have a correctly formatted KMS key ARN in your request, and then try again.",
    );
  }
  const flag = optionalText(kms, "BucketKeyEnabled") ?? "false";
  if (flag !== "true" && flag !== "false") {
    throw invalid(
      "The BucketKeyEnabled value isn't valid. Valid values are true or false. Modify the request to specify a valid value, and then try again.",
    );
  }
  return { keyArn, bucketKeyEnabled: flag === "true" };
}

/** The account that a key ARN names. */
export function accountOfKey(keyArn: string): string {
  return keyArn.split(":")[4] ?? "";
}

export function invalid(message: string): S3Error {
  return s3Error("InvalidRequest", { message });
}
