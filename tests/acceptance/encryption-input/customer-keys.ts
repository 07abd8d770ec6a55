import { createHash, randomBytes } from "node:crypto";
import { formsOfBytes } from "../../canary/needle-forms.ts";
import type { Needle } from "../../canary/needle-scanner.ts";
import type { Verdict } from "./input-bench.ts";
import type { Pairs } from "./input-client.ts";
import {
  BAD_ALGORITHM,
  BAD_KEY,
  BAD_MD5,
  FORM_NAMES_TWICE,
  NO_ALGORITHM,
  NO_KEY,
  NO_MD5,
  NOT_SECURE,
  PARAMETER_TWICE,
} from "./verdicts.ts";
import type { WriteEntryName } from "./write-entries.ts";

export const SSE_CUSTOMER = "x-amz-server-side-encryption-customer";
export const COPY_SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer";
export type Family = typeof SSE_CUSTOMER | typeof COPY_SOURCE_CUSTOMER;

/** Of a length whose base64 text differs from its base64url text. */
function keyOf(sizeBytes: number): Buffer {
  for (;;) {
    const key = randomBytes(sizeBytes);
    if (/[+/]/.test(key.toString("base64"))) return key;
  }
}

export const KEY = keyOf(32);
export const OTHER_KEY = keyOf(32);
const SHORT = keyOf(31);
const LONG = keyOf(33);

const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("base64");
const base64 = (bytes: Buffer): string => bytes.toString("base64");

/** Members of one family, by the ends of their names. */
export type Members = Pairs;
export const membersOf = (key: Buffer): Members => [
  ["algorithm", "AES256"],
  ["key", base64(key)],
  ["key-md5", md5(key)],
];
export const headersOf = (members: Members, family: Family = SSE_CUSTOMER): Pairs =>
  members.map(([end, value]) => [`${family}-${end}`, value]);
/** The three headers of a right key. */
export const customerHeaders = (key: Buffer, family: Family = SSE_CUSTOMER): Pairs =>
  headersOf(membersOf(key), family);

const SECRETS: readonly (readonly [string, Buffer])[] = [
  ["the key", KEY],
  ["the other key", OTHER_KEY],
  ["the short key", SHORT],
  ["the long key", LONG],
];

/** What no answer holds: the keys in every form. */
export const secretNeedles = (): Needle[] => SECRETS.flatMap(([label, key]) => formsOfBytes(label, key));

/** What is in no log besides: their digests, which a right answer repeats, and by which a key could be told again. */
export const digestNeedles = (): Needle[] =>
  SECRETS.flatMap(([label, key]) => formsOfBytes(`the MD5 of ${label}`, Buffer.from(md5(key), "base64")));

export interface CustomerFault {
  readonly name: string;
  readonly members: Members;
  /** "length": what it means depends on whether the key shall seal or open (§2.3 #6 #8). */
  readonly verdict: Verdict | "length";
  readonly plain?: true;
  /** Entry points that find another fault first. */
  readonly on?: Partial<Record<WriteEntryName, Verdict>>;
}

const TEXT = base64(KEY);
const MD5 = md5(KEY);
const ALGORITHM = ["algorithm", "AES256"] as const;
const withText = (text: string, digest = MD5): Members => [ALGORITHM, ["key", text], ["key-md5", digest]];
const withAlgorithm = (name: string): CustomerFault => ({
  name: `#1 algorithm ${JSON.stringify(name)}`,
  members: [
    ["algorithm", name],
    ["key", TEXT],
    ["key-md5", MD5],
  ],
  verdict: BAD_ALGORITHM(name),
});

/** Three headers that are not what they must be, wherever they are sent (reference §2.3). */
export const CUSTOMER_FAULTS: readonly CustomerFault[] = [
  { name: "#3 algorithm alone", members: [ALGORITHM], verdict: NO_KEY },
  { name: "#3 algorithm and MD5", members: [ALGORITHM, ["key-md5", MD5]], verdict: NO_KEY },
  { name: "#2 key alone", members: [["key", TEXT]], verdict: NO_ALGORITHM },
  {
    name: "#2 key and MD5",
    members: [
      ["key", TEXT],
      ["key-md5", MD5],
    ],
    verdict: NO_ALGORITHM,
  },
  { name: "#2 MD5 alone", members: [["key-md5", MD5]], verdict: NO_ALGORITHM },
  ...["KMS", "aws:kms", "AES128", "AES192", "aes256", "AES-256", "AES256 GCM", ""].map(withAlgorithm),
  {
    ...withAlgorithm("AES256,AES256"),
    name: "#1 the algorithm twice",
    members: [ALGORITHM, ALGORITHM, ["key", TEXT], ["key-md5", MD5]],
    on: { PostObject: FORM_NAMES_TWICE, "PutObject, presigned with parameters": PARAMETER_TWICE },
  },
  { name: "#6 #8 31 bytes", members: membersOf(SHORT), verdict: "length" },
  { name: "#6 #8 33 bytes", members: membersOf(LONG), verdict: "length" },
  {
    name: "#6 #8 the key's base64 text taken for the key",
    members: membersOf(Buffer.from(TEXT)),
    verdict: "length",
  },
  { name: "#6 #8 a key of no bytes", members: membersOf(Buffer.alloc(0)), verdict: "length" },
  // What AWS says of texts that are no base64 is not recorded [?]: such a text is no key of the right size.
  { name: "#6 text that is no base64", members: withText(`*${TEXT.slice(1)}`), verdict: BAD_KEY },
  { name: "#6 base64url", members: withText(KEY.toString("base64url")), verdict: BAD_KEY },
  { name: "#6 base64url with its padding", members: withText(urlText(TEXT)), verdict: BAD_KEY },
  { name: "#6 base64 without its padding", members: withText(TEXT.replace("=", "")), verdict: BAD_KEY },
  { name: "#6 white space in the key", members: withText(spaced(TEXT)), verdict: BAD_KEY },
  { name: "#6 the key in hex", members: withText(KEY.toString("hex")), verdict: BAD_MD5 },
  {
    name: "#6 the key twice",
    members: [...withText(TEXT), ["key", TEXT]],
    verdict: BAD_KEY,
    on: { PostObject: FORM_NAMES_TWICE },
  },
  // AWS may take this from readers; [?], and refused: nothing would tell a key that was damaged on its way.
  { name: "#4 no MD5", members: [ALGORITHM, ["key", TEXT]], verdict: NO_MD5 },
  { name: "#5 MD5 of another key", members: withText(TEXT, md5(OTHER_KEY)), verdict: BAD_MD5 },
  { name: "#5 MD5 of the base64 text", members: withText(TEXT, md5(Buffer.from(TEXT))), verdict: BAD_MD5 },
  { name: "#5 MD5 in hex", members: withText(TEXT, hexOf(MD5)), verdict: BAD_MD5 },
  { name: "#5 MD5 that is no base64", members: withText(TEXT, `*${MD5.slice(1)}`), verdict: BAD_MD5 },
  { name: "#5 an empty MD5", members: withText(TEXT, ""), verdict: BAD_MD5 },
  { name: "#5 of a short key (§8.8)", members: withText(base64(SHORT)), verdict: BAD_MD5 },
  {
    name: "#16 [L-168] [L-169] a right key over http",
    members: withText(TEXT),
    verdict: NOT_SECURE,
    plain: true,
  },
  { name: "#16 half a key over http", members: [ALGORITHM], verdict: NOT_SECURE, plain: true },
];

function urlText(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

function spaced(text: string): string {
  return `${text.slice(0, 8)} ${text.slice(8)}`;
}

function hexOf(text: string): string {
  return Buffer.from(text, "base64").toString("hex");
}
