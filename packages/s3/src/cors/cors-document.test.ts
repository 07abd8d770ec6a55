import assert from "node:assert/strict";
import { test } from "node:test";
import { printXml } from "@strongroom/wire";
import { corsDocument, readCorsRules } from "./cors-document.ts";

const document = (...rules: readonly string[]): string =>
  `<CORSConfiguration>${rules.map((rule) => `<CORSRule>${rule}</CORSRule>`).join("")}</CORSConfiguration>`;
const ORIGIN = "<AllowedOrigin>*</AllowedOrigin>";
const METHOD = "<AllowedMethod>GET</AllowedMethod>";

test("what is put is told again, names in the case they had", () => {
  const rules = readCorsRules(
    document(
      `<ID>first</ID>${ORIGIN}<AllowedOrigin>https://*.example</AllowedOrigin>${METHOD}<AllowedMethod>PUT</AllowedMethod>` +
        "<AllowedHeader>x-AMZ-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>3000</MaxAgeSeconds>",
      `${METHOD}<AllowedOrigin></AllowedOrigin>`,
    ),
  );
  assert.deepEqual(rules[0], {
    id: "first",
    allowedOrigins: ["*", "https://*.example"],
    allowedMethods: ["GET", "PUT"],
    allowedHeaders: ["x-AMZ-*"],
    exposeHeaders: ["ETag"],
    maxAgeSeconds: 3000,
  });
  assert.deepEqual(rules[1]?.allowedOrigins, [""]);
  assert.deepEqual(readCorsRules(printXml(corsDocument(rules))), rules);
});

test("rules that say too little, too much or nothing are malformed", () => {
  const bad = [
    "",
    "<X/>",
    "<CORSConfiguration/>",
    document(METHOD),
    document(ORIGIN),
    document(`${ORIGIN}${METHOD}<MaxAgeSeconds>-1</MaxAgeSeconds>`),
    document(`${ORIGIN}${METHOD}<MaxAgeSeconds>soon</MaxAgeSeconds>`),
    document(`${ORIGIN}${METHOD}<MaxAgeSeconds>2147483648</MaxAgeSeconds>`),
    document(`${ORIGIN}${METHOD}<MaxAgeSeconds>1</MaxAgeSeconds><MaxAgeSeconds>2</MaxAgeSeconds>`),
    document(`${ORIGIN}${METHOD}<ID>${"i".repeat(256)}</ID>`),
    document(`${METHOD}<AllowedOrigin><b/></AllowedOrigin>`),
    document(...Array.from({ length: 101 }, () => ORIGIN + METHOD)),
  ];
  for (const text of bad) assert.throws(() => readCorsRules(text), { code: "MalformedXML" }, text);
  assert.equal(readCorsRules(document(...Array.from({ length: 100 }, () => ORIGIN + METHOD))).length, 100);
});

test("unknown methods and wildcards where none may be are named in the refusal", () => {
  const cases: readonly [rule: string, message: string][] = [
    [
      `${ORIGIN}<AllowedMethod>MYMETHOD</AllowedMethod>`,
      "Found unsupported HTTP method in CORS config. Unsupported method is MYMETHOD",
    ],
    [
      `${ORIGIN}<AllowedMethod>OPTIONS</AllowedMethod>`,
      "Found unsupported HTTP method in CORS config. Unsupported method is OPTIONS",
    ],
    [
      `${METHOD}<AllowedOrigin>*a*</AllowedOrigin>`,
      'AllowedOrigin "*a*" can not have more than one wildcard.',
    ],
    [
      `${ORIGIN}${METHOD}<AllowedHeader>x-*-*</AllowedHeader>`,
      'AllowedHeader "x-*-*" can not have more than one wildcard.',
    ],
    [
      `${ORIGIN}${METHOD}<ExposeHeader>*</ExposeHeader>`,
      'ExposeHeader "*" contains wildcard. We currently do not support wildcard for ExposeHeader.',
    ],
  ];
  for (const [rule, message] of cases)
    assert.throws(() => readCorsRules(document(rule)), { code: "InvalidRequest", message });
});

test("[L-172] what is exposed cannot end its header", () => {
  for (const name of ["", "x y", "x:y", "x&#13;&#10;y", "é"]) {
    const text = document(`${ORIGIN}${METHOD}<ExposeHeader>${name}</ExposeHeader>`);
    assert.throws(() => readCorsRules(text), { code: "MalformedXML" }, name);
  }
});
