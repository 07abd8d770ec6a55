import { element, encodeUri, quoteEtag } from "@strongroom/wire";
import type { S3Response } from "../http/s3-response.ts";

/** What a form asks to be answered once its file is stored. */
export type FormAnswer =
  | { readonly kind: "redirect"; readonly url: string }
  | { readonly kind: "status"; readonly status: 200 | 201 | 204 };

export interface UploadedFile {
  readonly bucket: string;
  readonly objectKey: string;
  readonly location: string;
  readonly etag: string;
}

/** A redirect that is no URL, and a status S3 does not have, count as absent. */
export function readFormAnswer(fields: ReadonlyMap<string, string>): FormAnswer {
  const url = fields.get("success_action_redirect") ?? fields.get("redirect");
  if (url !== undefined && isRedirect(url)) return { kind: "redirect", url };
  switch (fields.get("success_action_status")) {
    case "200":
      return { kind: "status", status: 200 };
    case "201":
      return { kind: "status", status: 201 };
    default:
      return { kind: "status", status: 204 };
  }
}

/** Sends status, Location, ETag and, for 201, the document. Other headers are the caller's, before. */
export function writeFormAnswer(response: S3Response, answer: FormAnswer, file: UploadedFile): void {
  const etag = quoteEtag(file.etag);
  response.header("etag", etag);
  if (answer.kind === "redirect") {
    response
      .status(303)
      .header("location", withResult(answer.url, file, etag))
      .sendEmpty();
    return;
  }
  response.status(answer.status).header("location", file.location);
  if (answer.status !== 201) {
    response.sendEmpty();
    return;
  }
  response.sendXml(
    element("PostResponse", [
      element("Location", file.location),
      element("Bucket", file.bucket),
      element("Key", file.objectKey),
      element("ETag", etag),
    ]),
  );
}

/** Absolute, of the web, and made of what a header may hold. */
function isRedirect(text: string): boolean {
  const url = URL.parse(text);
  return /^[\x21-\x7e]+$/.test(text) && (url?.protocol === "http:" || url?.protocol === "https:");
}

function withResult(url: string, file: UploadedFile, etag: string): string {
  const [address = "", ...fragment] = url.split("#");
  const result = [
    ["bucket", file.bucket],
    ["key", file.objectKey],
    ["etag", etag],
  ]
    .map(([name, value]) => `${name}=${encodeUri(value ?? "", { keepSlash: false })}`)
    .join("&");
  const tail = fragment.length === 0 ? "" : `#${fragment.join("#")}`;
  return `${address}${address.includes("?") ? "&" : "?"}${result}${tail}`;
}
