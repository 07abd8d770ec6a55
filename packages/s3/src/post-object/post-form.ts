import { s3Error } from "../errors.ts";
import { MultipartReader } from "./multipart-reader.ts";
import { decodeFieldValue, malformedForm } from "./part-head.ts";

/** All that may come before the bytes of the file: 20 KB in S3. */
const FIELDS_LIMIT_BYTES = 20 * 1024;
const FIELD_COUNT_LIMIT = 256;
const FILE_FIELD = "file";
// biome-ignore lint/suspicious/noTemplateCurlyInString: so S3 writes it
const FILE_NAME_VARIABLE = "${filename}";
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]$/;
/** `--`, the boundary and `--` between line breaks: what every form ends with. */
const CLOSING_BYTES = 8;

/** A browser's form up to the first byte of its file; the file follows as it arrives. */
export interface PostForm {
  /** Values by lower-case field name, `${filename}` replaced; every field before the file, and none after it. */
  readonly fields: ReadonlyMap<string, string>;
  /** The bytes of the file, to be consumed once. Throws MalformedPOSTRequest when the form breaks off. */
  readonly file: AsyncIterable<Uint8Array>;
  /** How long the file is when nothing follows it, which is how forms are sent. */
  readonly likelySizeBytes: number;
}

/**
 * The boundary in the Content-Type of a form. Throws PreconditionFailed for what is no multipart/form-data, and
 * MalformedPOSTRequest for a boundary that can be none.
 */
export function requireBoundary(contentType: string | undefined): string {
  const [mediaType = "", ...parameters] = (contentType ?? "").split(";");
  if (mediaType.trim().toLowerCase() !== "multipart/form-data") {
    throw s3Error("PreconditionFailed", {
      fields: { Condition: "Bucket POST must be of the enclosure-type multipart/form-data" },
    });
  }
  for (const parameter of parameters) {
    const match = /^[ \t]*boundary=(?:"([^"]*)"|([^\s"]*))[ \t]*$/i.exec(parameter);
    const boundary = match?.[1] ?? match?.[2];
    if (boundary !== undefined && BOUNDARY.test(boundary)) return boundary;
  }
  throw malformedForm();
}

/**
 * Reads a form until its file begins. Throws MalformedPOSTRequest, MaxPostPreDataLengthExceededError, and
 * InvalidArgument when there is no file.
 */
export async function readPostForm(
  source: AsyncIterator<Uint8Array>,
  boundary: string,
  contentLength: number,
): Promise<PostForm> {
  const reader = new MultipartReader(source, boundary, FIELDS_LIMIT_BYTES);
  await reader.begin();
  const fields = new Map<string, string>();
  for (;;) {
    const head = await reader.nextHead();
    if (head === null) throw noFile();
    const name = head.name.toLowerCase();
    if (name === FILE_FIELD) {
      return {
        fields: head.fileName === null ? fields : withFileName(fields, head.fileName),
        file: reader.stream(),
        likelySizeBytes: contentLength - reader.consumedBytes - boundary.length - CLOSING_BYTES,
      };
    }
    // One name, one value: which of two S3 would take, the one the policy saw or the other, is nothing to guess at.
    if (fields.has(name) || fields.size === FIELD_COUNT_LIMIT) throw malformedForm();
    fields.set(name, decodeFieldValue(await reader.readWhole()));
  }
}

function withFileName(fields: ReadonlyMap<string, string>, fileName: string): ReadonlyMap<string, string> {
  const replaced = new Map<string, string>();
  for (const [name, value] of fields) {
    const whole = value.replaceAll(FILE_NAME_VARIABLE, () => fileName);
    // A long name repeated often is longer than any form.
    if (whole.length > FIELDS_LIMIT_BYTES) throw malformedForm();
    replaced.set(name, whole);
  }
  return replaced;
}

function noFile(): Error {
  return s3Error("InvalidArgument", {
    message: "POST requires exactly one file upload per request.",
    fields: { ArgumentName: "file", ArgumentValue: "0" },
  });
}
