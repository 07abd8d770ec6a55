import assert from "node:assert/strict";
import { test } from "node:test";
import { printXml } from "@strongroom/wire";
import { refuseOverlaps, requireDestinations } from "./check-rules.ts";
import { notificationDocument, readNotificationRules } from "./notification-document.ts";
import { parseStoredRules, printStoredRules } from "./notification-rule.ts";

const queue = (inner: string, name = "hook"): string =>
  `<QueueConfiguration><Queue>arn:aws:sqs:us-east-1:111122223333:${name}</Queue>${inner}</QueueConfiguration>`;
const read = (...rules: readonly string[]) =>
  readNotificationRules(`<NotificationConfiguration>${rules.join("")}</NotificationConfiguration>`);
const PUT = "<Event>s3:ObjectCreated:Put</Event>";
const ALL = "<Event>s3:ObjectCreated:*</Event>";
const filter = (name: string, value: string): string =>
  `<Filter><S3Key><FilterRule><Name>${name}</Name><Value>${value}</Value></FilterRule></S3Key></Filter>`;
const place = { region: "us-east-1", accountId: "111122223333", webhooks: new Set(["hook"]) };

test("rules are told again as they were put, and stored as they are told", () => {
  const rules = read(
    queue(`<Id>one</Id>${PUT}${filter("Prefix", "a/")}`),
    queue(`<Id>two</Id>${filter("suffix", ".x")}${PUT}`),
  );
  assert.deepEqual(parseStoredRules(printStoredRules(rules)), rules);
  assert.deepEqual(readNotificationRules(printXml(notificationDocument(rules))), rules);
});

test("what S3 refuses of a rule is refused in its words", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["<Event>s3:ObjectRead:Get</Event>", /A specified event is not supported for notifications/],
    [PUT + filter("middle", "x"), /filter rule name must be either prefix or suffix/],
    [`<Id>${"x".repeat(256)}</Id>${PUT}`, /ID length should not exceed allowed limit of 255/],
  ];
  for (const [inner, message] of cases) assert.throws(() => read(queue(inner)), { message });
  assert.throws(() => read(queue(`<Id>a</Id>${PUT}`), queue(`<Id>a</Id>${ALL}`)), {
    message: /IDs must be unique/,
  });
  assert.throws(() => read(queue("")), { code: "MalformedXML" });
});

test("two rules for one event of one object are an ambiguity", () => {
  assert.throws(() => refuseOverlaps(read(queue(PUT), queue(ALL))), { message: /Configurations overlap/ });
  const [a, b] = [filter("prefix", "a"), filter("prefix", "ab")];
  assert.throws(() => refuseOverlaps(read(queue(PUT + a), queue(ALL + b))), {
    message: /ambiguously defined/,
  });
  refuseOverlaps(read(queue(PUT + a), queue(ALL + filter("prefix", "b"))));
  refuseOverlaps(read(queue(PUT + filter("suffix", "a")), queue(ALL + filter("suffix", "b"))));
});

test("a destination must be a webhook of the bucket owner's account and region", () => {
  assert.deepEqual(requireDestinations(read(queue(PUT)), place, false), ["hook"]);
  const unknown = read(queue(PUT, "other"));
  assert.throws(() => requireDestinations(unknown, place, false), { message: /Unable to validate/ });
  assert.deepEqual(requireDestinations(unknown, place, true), []);
  assert.throws(() => requireDestinations(read(queue(PUT)), { ...place, accountId: "444455556666" }, false));
  assert.throws(() => requireDestinations(read(queue(PUT)), { ...place, region: "eu-west-1" }, true), {
    message: /region is not valid/,
  });
});
