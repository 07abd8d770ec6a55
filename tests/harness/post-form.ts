import { FORM_CONTENT_TYPE, FORM_END, FORM_FILE_HEAD, signedFields } from "./signed-form.ts";
import type { WireRequest, WireTarget } from "./wire-client.ts";

/** A signed form with a file of any bytes, as a browser sends one. */
export function postFormRequest(
  target: WireTarget,
  bucket: string,
  { key = "", ...fields }: Readonly<Record<string, string>>,
  file: Uint8Array,
): WireRequest {
  const signed = signedFields(target, { bucket, objectKey: key, fields: Object.entries(fields) });
  return {
    method: "POST",
    bucket,
    credentials: null,
    headers: { "content-type": FORM_CONTENT_TYPE },
    body: Buffer.concat([Buffer.from(`${signed}${FORM_FILE_HEAD}`), file, Buffer.from(`\r\n${FORM_END}`)]),
  };
}
