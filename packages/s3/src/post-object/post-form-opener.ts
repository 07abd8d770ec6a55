import type { Clock } from "@strongroom/base";
import { SessionTokenError } from "@strongroom/iam";
import { SigningKeys } from "@strongroom/wire";
import { ANONYMOUS } from "../auth/anonymous.ts";
import type { Credential, CredentialSource } from "../auth/credential-source.ts";
import { invalidArgument, s3Error } from "../errors.ts";
import type { RawRequest } from "../http/read-request.ts";
import type { RequestNames } from "../http/request-id.ts";
import type { Caller, SignatureFacts } from "../http/s3-request.ts";
import { checkPolicy, requireSameBucket } from "./check-policy.ts";
import { FormS3Request } from "./form-request.ts";
import {
  type FormSignature,
  missingField,
  readFormSignature,
  verifyFormSignature,
} from "./form-signature.ts";
import { type PostForm, readPostForm, requireBoundary } from "./post-form.ts";
import { type ByteSizeRange, parsePostPolicy } from "./post-policy.ts";
import { sizedFile, tooLarge } from "./sized-file.ts";

/** The largest object that one request can write. */
const FILE_LIMIT_BYTES = 5 * 1024 ** 3;
/** What a form may hold besides its file before its whole length alone says that the file is too long. */
const FORM_LIMIT_BYTES = FILE_LIMIT_BYTES + 1024 ** 2;
const ANY_SIZE: ByteSizeRange = { least: 0, most: FILE_LIMIT_BYTES };

export interface PostFormOpenerDeps {
  readonly credentials: CredentialSource;
  readonly clock: Clock;
  readonly region: string;
}

/** Whose form it is, and how long its file may be. */
interface Admission {
  readonly caller: Caller;
  readonly signature: SignatureFacts | null;
  readonly sizes: ByteSizeRange;
}

/** Turns POST forms into requests: reads their fields, checks signature and policy, leaves the file unread. */
export class PostFormOpener {
  readonly #deps: PostFormOpenerDeps;
  readonly #signingKeys = new SigningKeys();

  constructor(deps: PostFormOpenerDeps) {
    this.#deps = deps;
  }

  /**
   * Throws PreconditionFailed, MalformedPOSTRequest, InvalidArgument, InvalidPolicyDocument, AccessDenied
   * (`Invalid according to Policy: …`), EntityTooLarge, and for the signature what a request's own would throw.
   */
  async open(names: RequestNames, raw: RawRequest, body: AsyncIterator<Uint8Array>): Promise<FormS3Request> {
    const boundary = requireBoundary(raw.headers.get("content-type"));
    refuseOtherSignatures(raw);
    const form = await readPostForm(body, boundary, requireLength(raw));
    const bucket = raw.bucket ?? "";
    requireSameBucket({ fields: form.fields, bucket });
    const objectKey = requireObjectKey(form);
    const { caller, signature, sizes } = await this.#admit(form, bucket);
    return new FormS3Request({
      names,
      raw,
      bucket,
      objectKey,
      fields: form.fields,
      caller,
      signature,
      body: sizedFile(form.file, sizes, form.likelySizeBytes),
    });
  }

  async #admit(form: PostForm, bucket: string): Promise<Admission> {
    const { region, clock } = this.#deps;
    const signature = readFormSignature(form.fields, region);
    // A policy that nobody signed allows nothing and forbids nothing.
    if (signature === null) return { caller: ANONYMOUS, signature: null, sizes: ANY_SIZE };
    const credential = await this.#requireCredential(signature);
    verifyFormSignature(signature, credential.secret, (scope) =>
      this.#signingKeys.signingKey(signature.accessKeyId, credential.secret, scope),
    );
    credential.onVerified?.();
    const policy = parsePostPolicy(signature.policy);
    const { least, most } = checkPolicy(policy, { fields: form.fields, bucket }, clock.nowMs());
    return {
      caller: credential.caller,
      signature: factsOf(signature),
      sizes: { least, most: Math.min(most, FILE_LIMIT_BYTES) },
    };
  }

  async #requireCredential({ accessKeyId, securityToken }: FormSignature): Promise<Credential> {
    try {
      const credential = await this.#deps.credentials.find(accessKeyId, securityToken);
      if (credential !== null) return credential;
    } catch (error) {
      throw error instanceof SessionTokenError ? s3Error(error.code) : error;
    }
    throw s3Error("InvalidAccessKeyId", { fields: { AWSAccessKeyId: accessKeyId } });
  }
}

function factsOf(signature: FormSignature): SignatureFacts {
  return signature.version === "AWS"
    ? { kind: "post-form", version: "AWS", signedAtMs: 0 }
    : { kind: "post-form", signedAtMs: signature.signedAtMs };
}

/** A form is signed in its fields or not at all: whatever else is signed, or should be, is none of its [L-163]. */
function refuseOtherSignatures(raw: RawRequest): void {
  if (
    raw.headers.has("authorization") ||
    raw.hoistedHeaders.size > 0 ||
    /[?&]X-Amz-Signature=/i.test(raw.target)
  ) {
    throw invalidArgument(
      "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified",
      "Authorization",
    );
  }
  const unsigned = [...raw.headers.keys()].filter((name) => name.startsWith("x-amz-"));
  if (unsigned.length === 0) return;
  throw s3Error("AccessDenied", {
    message: "There were headers present in the request which were not signed",
    fields: { HeadersNotSigned: unsigned.sort().join(", ") },
  });
}

function requireLength(raw: RawRequest): number {
  const text = raw.headers.get("content-length");
  if (text === undefined) {
    if (!raw.headers.has("transfer-encoding")) throw s3Error("MissingContentLength");
    throw s3Error("NotImplemented", { fields: { Header: "Transfer-Encoding" } });
  }
  const length = Number(text);
  if (length > FORM_LIMIT_BYTES) throw tooLarge(length, FILE_LIMIT_BYTES);
  return length;
}

function requireObjectKey({ fields }: PostForm): string {
  const objectKey = fields.get("key");
  if (objectKey === undefined) throw missingField("key");
  if (objectKey === "") throw invalidArgument("User key must have a length greater than 0.", "key", "");
  return objectKey;
}
