import type { ObjectEncryption } from "@strongroom/store";
import type { S3Request } from "../http/s3-request.ts";
import { customerKeyOf } from "./customer-keys.ts";
import type { ToldEncryption } from "./encryption-headers.ts";
import { SSE_CONTEXT, SSE_CUSTOMER } from "./header-names.ts";

/** What an answer about reading, or about a part, tells. */
export function toldToReader(request: S3Request, encryption: ObjectEncryption): ToldEncryption {
  return { encryption, customerKeyMd5: customerKeyOf(request, SSE_CUSTOMER)?.md5 };
}

/** What the answer to a write tells: the context is repeated to whoever sent it, and to nobody else. */
export function toldToWriter(request: S3Request, encryption: ObjectEncryption): ToldEncryption {
  return { ...toldToReader(request, encryption), context: request.header(SSE_CONTEXT) };
}
