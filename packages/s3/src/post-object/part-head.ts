import { s3Error } from "../errors.ts";

/** What the head of one part of a form says (RFC 7578 §4.2). */
export interface PartHead {
  readonly name: string;
  /** null: the part names no file. "": it names one without a name. */
  readonly fileName: string | null;
}

const DISPOSITION = /^content-disposition[ \t]*:[ \t]*form-data[ \t]*(?=;|$)/i;
/** One parameter: a token or a quoted string, in which only a quotation mark is escaped: paths keep their backslashes. */
const PARAMETER = /[ \t]*;[ \t]*([!#$%&'*+\-.^_`|~0-9a-z]+)=(?:"((?:[^"\\]|\\"|\\(?!"))*)"|([^\s";]*))/iy;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** Throws MalformedPOSTRequest for a part without a name or a head that is not text. */
export function parsePartHead(bytes: Buffer): PartHead {
  const lines = decode(bytes).split("\r\n");
  const line = lines.find((each) => /^content-disposition[ \t]*:/i.test(each));
  const start = line === undefined ? null : DISPOSITION.exec(line);
  if (line === undefined || start === null) throw malformedForm();
  const parameters = readParameters(line, start[0].length);
  const name = parameters.get("name");
  if (name === undefined || name === "") throw malformedForm();
  const extended = parameters.get("filename*");
  const fileName = extended === undefined ? parameters.get("filename") : decodeExtended(extended);
  return { name, fileName: fileName === undefined ? null : lastSegment(fileName) };
}

export function malformedForm(): Error {
  return s3Error("MalformedPOSTRequest");
}

function readParameters(line: string, from: number): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let at = from;
  while (/[^ \t;]/.test(line.slice(at))) {
    PARAMETER.lastIndex = at;
    const match = PARAMETER.exec(line);
    if (match === null) throw malformedForm();
    const [whole, name = "", quoted, token = ""] = match;
    const lowerName = name.toLowerCase();
    // A second one would let two readers of the form see two names.
    if (parameters.has(lowerName)) throw malformedForm();
    parameters.set(lowerName, quoted?.replaceAll('\\"', '"') ?? token);
    at += whole.length;
  }
  return parameters;
}

/** `UTF-8''na%C3%AFve.txt` (RFC 5987), which RFC 7578 forbids and some clients send. */
function decodeExtended(text: string): string {
  const match = /^utf-8'[^']*'(.*)$/i.exec(text);
  try {
    return decodeURIComponent(match?.[1] ?? "%");
  } catch {
    throw malformedForm();
  }
}

/** Some browsers send the whole path: only what follows the last slash or backslash names the file. */
function lastSegment(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

function decode(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch {
    throw malformedForm();
  }
}

/** The value of a text field: UTF-8, as forms are sent by every browser. */
export function decodeFieldValue(bytes: Uint8Array): string {
  return decode(bytes);
}
