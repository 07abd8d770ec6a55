import assert from "node:assert/strict";
import { test } from "node:test";
import { printXml } from "@strongroom/wire";
import { readLifecycleRules } from "./lifecycle-document.ts";
import { lifecycleDocument } from "./lifecycle-elements.ts";

const DAYS = "<Expiration><Days>7</Days></Expiration>";
const FILTER = "<Filter/>";
const rule = (content: string, status = "Enabled"): string =>
  `<Rule>${content}<Status>${status}</Status></Rule>`;
const document = (...rules: readonly string[]): string =>
  `<LifecycleConfiguration>${rules.join("")}</LifecycleConfiguration>`;
const tag = (name: string): string => `<Tag><Key>${name}</Key><Value>v</Value></Tag>`;
const after = (days: number, storageClass: string): string =>
  `<Transition><Days>${days}</Days><StorageClass>${storageClass}</StorageClass></Transition>`;

test("what is put is told again, in the form it had", () => {
  const rules = readLifecycleRules(
    document(
      rule(
        "<ID>all</ID><Filter><And><Prefix>logs/</Prefix><Tag><Key>a</Key><Value></Value></Tag>" +
          "<ObjectSizeGreaterThan>5</ObjectSizeGreaterThan><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>" +
          `${after(30, "STANDARD_IA")}${after(90, "GLACIER")}<Expiration><Days>365</Days></Expiration>` +
          "<NoncurrentVersionTransition><NoncurrentDays>30</NoncurrentDays><NewerNoncurrentVersions>2</NewerNoncurrentVersions>" +
          "<StorageClass>GLACIER_IR</StorageClass></NoncurrentVersionTransition>" +
          "<NoncurrentVersionExpiration><NoncurrentDays>60</NoncurrentDays><NewerNoncurrentVersions>3</NewerNoncurrentVersions></NoncurrentVersionExpiration>",
      ),
      rule("<ID>date</ID><Filter/><Expiration><Date>2030-01-01T00:00:00Z</Date></Expiration>", "Disabled"),
      rule(
        "<ID>uploads</ID><Filter><Prefix></Prefix></Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>" +
          "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload>",
      ),
    ),
  );
  assert.deepEqual(rules[0]?.conditions, {
    prefix: "logs/",
    tags: [{ name: "a", value: "" }],
    sizeGreaterThan: 5,
    sizeLessThan: 9,
  });
  assert.deepEqual(rules[1]?.expiration, { dateMs: Date.UTC(2030, 0, 1) });
  assert.equal(rules[2]?.abortUploadsAfterDays, 1);
  const printed = printXml(lifecycleDocument({ rules, minimumObjectSize: "" }));
  assert.deepEqual(readLifecycleRules(printed), rules);
});

test("the older form has a prefix of its own, and a rule without an id is given one", () => {
  const [first, second] = readLifecycleRules(
    document(rule(`<Prefix>a/</Prefix>${DAYS}`), rule(`<Prefix>b/</Prefix>${DAYS}`)),
  );
  assert.equal(first?.form, "prefix");
  assert.notEqual(first?.id, second?.id);
  assert.match(first?.id ?? "", /^[A-Za-z0-9+/=]{48}$/);
});

test("what does not fit the schema is malformed", () => {
  const bad = [
    "<X/>",
    document(),
    document(rule(DAYS)),
    document(rule(FILTER + DAYS, "enabled")),
    document(rule(`${FILTER}<Prefix/>${DAYS}`)),
    document(rule(`<Filter><Prefix>a</Prefix>${tag("a")}</Filter>${DAYS}`)),
    document(rule(`<Filter>${tag("a")}${tag("b")}</Filter>${DAYS}`)),
    document(rule(`<Filter><And><Prefix>a</Prefix></And></Filter>${DAYS}`)),
    document(rule(`${FILTER}<Expiration/>`)),
    document(rule(`${FILTER}<Expiration><Days>1.5</Days></Expiration>`)),
    document(rule(`${FILTER}<Expiration><Days>2147483648</Days></Expiration>`)),
    document(rule(`${FILTER}<Expiration><Date>20300101</Date></Expiration>`)),
    document(rule(`${FILTER}<Expiration><Days>1</Days><Date>2030-01-01</Date></Expiration>`)),
    document(
      rule(
        `${FILTER}<Expiration><Days>1</Days><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
      ),
    ),
    document(
      rule(
        `${FILTER}<NoncurrentVersionExpiration><NewerNoncurrentVersions>1</NewerNoncurrentVersions></NoncurrentVersionExpiration>`,
      ),
    ),
    document(rule(FILTER + after(1, "STANDARD"))),
    document(rule(FILTER + after(1, "GLACIER") + after(2, "GLACIER"))),
    document(rule(`<Filter><ObjectSizeLessThan>-1</ObjectSizeLessThan></Filter>${DAYS}`)),
    document(...Array.from({ length: 1001 }, () => rule(FILTER + DAYS))),
  ];
  for (const text of bad)
    assert.throws(() => readLifecycleRules(text), { code: "MalformedXML" }, text.slice(0, 300));
});

test("what S3 refuses by other names is refused in its words", () => {
  const noncurrent = (days: number): string =>
    `<NoncurrentVersionExpiration><NoncurrentDays>${days}</NoncurrentDays></NoncurrentVersionExpiration>`;
  const abort = (days: number): string =>
    `<AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload>`;
  const cases: readonly [rules: readonly string[], code: string, message: string][] = [
    [
      [rule(`<ID>${"i".repeat(256)}</ID>${FILTER}${DAYS}`)],
      "InvalidArgument",
      "ID length should not exceed allowed limit of 255",
    ],
    [
      [rule(`<ID>a</ID>${FILTER}${DAYS}`), rule(`<ID>a</ID>${FILTER}${DAYS}`)],
      "InvalidArgument",
      "Rule ID must be unique. Found same ID for more than one rule",
    ],
    [
      [rule(`${FILTER}<Expiration><Days>0</Days></Expiration>`)],
      "InvalidArgument",
      "'Days' for Expiration action must be a positive integer",
    ],
    [
      [rule(FILTER + noncurrent(0))],
      "InvalidArgument",
      "'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer",
    ],
    [
      [rule(FILTER + abort(0))],
      "InvalidArgument",
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    ],
    [
      [rule(`${FILTER}<Expiration><Date>2030-01-01T01:00:00Z</Date></Expiration>`)],
      "InvalidArgument",
      "'Date' must be at midnight GMT",
    ],
    [[rule(FILTER)], "InvalidRequest", "At least one action needs to be specified in a rule"],
    [
      [rule(`<Filter><And>${tag("a")}${tag("a")}</And></Filter>${DAYS}`)],
      "InvalidRequest",
      "Duplicate Tag Keys are not allowed.",
    ],
    [
      [rule(`<Filter>${tag("a")}</Filter>${abort(1)}`)],
      "InvalidRequest",
      "AbortIncompleteMultipartUpload cannot be specified with Tags.",
    ],
    [
      [
        rule(
          `<Filter>${tag("a")}</Filter><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`,
        ),
      ],
      "InvalidRequest",
      "ExpiredObjectDeleteMarker cannot be specified with Tags.",
    ],
    [
      [rule(`<Prefix/>${DAYS}`), rule(FILTER + DAYS)],
      "InvalidRequest",
      "Filter element can only be used in Lifecycle V2.",
    ],
    [
      [rule(FILTER + DAYS), rule(`<Prefix/>${DAYS}`)],
      "InvalidRequest",
      "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.",
    ],
    [
      [rule(`<Prefix>a</Prefix>${DAYS}${after(7, "GLACIER")}`)],
      "InvalidArgument",
      "'Days' in the Expiration action for prefix 'a' must be greater than 'Days' in the Transition action",
    ],
    [
      [
        rule(
          `<Filter><Prefix>a</Prefix></Filter>${DAYS}<Transition><Date>2030-01-01</Date><StorageClass>GLACIER</StorageClass></Transition>`,
        ),
      ],
      "InvalidRequest",
      "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule for filter '(prefix=a)'",
    ],
    [
      [rule(FILTER + after(29, "STANDARD_IA"))],
      "InvalidArgument",
      "'Days' in Transition action must be greater than or equal to 30 for storageClass 'STANDARD_IA'",
    ],
  ];
  for (const [rules, code, message] of cases)
    assert.throws(() => readLifecycleRules(document(...rules)), { code, message }, message);
});
