/** S3's percent-encoding of UTF-8: everything but A–Z a–z 0–9 - _ . ~ (and `/` when `keepSlash`). */
export function encodeUri(_text: string, _options: { readonly keepSlash: boolean }): string {
  throw new Error("unbuilt");
}

/** What `encoding-type=url` does to keys, prefixes, delimiters and markers in listings. */
export function encodeListedKey(_text: string): string {
  throw new Error("unbuilt");
}

/** Percent-decodes a path without normalising it (`+`, `//`, `..` stay). Bad escapes or bad UTF-8: InvalidURI. */
export function decodePath(_rawPath: string): string {
  throw new Error("unbuilt");
}

/** One parameter as it stood in the query; `raw…` undecoded. */
export interface QueryParameter {
  readonly rawName: string;
  readonly rawValue: string;
  readonly name: string;
  readonly value: string;
}

/** The parameters of a raw query (no `?`), in order. `+` is a space in a value. Bad escapes: InvalidURI. */
export function parseQuery(_rawQuery: string): readonly QueryParameter[] {
  throw new Error("unbuilt");
}

/** Raw path and raw query of a request target (`/a/b?x=y`). Absolute-form targets lose their origin. */
export function splitTarget(_target: string): { readonly rawPath: string; readonly rawQuery: string } {
  throw new Error("unbuilt");
}
