import assert from "node:assert/strict";
import { test } from "node:test";
import { printXml } from "@strongroom/wire";
import { S3Error } from "../errors.ts";
import { parseStoredLogging, printStoredLogging } from "./logging-configuration.ts";
import { loggingDocument, readLogging } from "./logging-document.ts";

const status = (enabled: string): string =>
  `<BucketLoggingStatus><LoggingEnabled>${enabled}</LoggingEnabled></BucketLoggingStatus>`;
const TARGET = "<TargetBucket>logs</TargetBucket><TargetPrefix>a/</TargetPrefix>";
const grant = (grantee: string, permission = "READ"): string =>
  `<TargetGrants><Grant><Grantee>${grantee}</Grantee><Permission>${permission}</Permission></Grant></TargetGrants>`;
const GROUP = "<URI>http://acs.amazonaws.com/groups/s3/LogDelivery</URI>";
const format = (inside: string): string => `<TargetObjectKeyFormat>${inside}</TargetObjectKeyFormat>`;

test("what is put is stored and told again", () => {
  for (const more of [
    "",
    grant(GROUP, "READ_ACP"),
    format("<SimplePrefix/>"),
    format("<PartitionedPrefix/>"),
    format("<PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix>"),
  ]) {
    const logging = readLogging(status(TARGET + more));
    assert.ok(logging !== null);
    assert.equal(logging.targetBucket, "logs");
    assert.deepEqual(parseStoredLogging(printStoredLogging(logging)), logging);
    assert.deepEqual(readLogging(printXml(loggingDocument(logging))), logging);
  }
  assert.equal(readLogging("<BucketLoggingStatus/>"), null);
  assert.equal(readLogging(printXml(loggingDocument(null))), null);
});

test("what is no logging status is refused", () => {
  const cases: readonly (readonly [text: string, code: string])[] = [
    [status(""), "MalformedXML"],
    [status("<TargetBucket>logs</TargetBucket>"), "MalformedXML"],
    [status("<TargetBucket></TargetBucket><TargetPrefix/>"), "MalformedXML"],
    [
      status(`<TargetBucket>logs</TargetBucket><TargetPrefix>${"x".repeat(801)}</TargetPrefix>`),
      "MalformedXML",
    ],
    [status(TARGET + grant(GROUP, "SOME")), "MalformedXML"],
    [status(TARGET + grant("")), "MalformedXML"],
    [status(TARGET + grant("<URI>http://example.com</URI>")), "InvalidArgument"],
    [status(TARGET + grant("<EmailAddress>a@b.c</EmailAddress>")), "UnresolvableGrantByEmailAddress"],
    [status(TARGET + format("")), "MalformedXML"],
    [status(TARGET + format("<SimplePrefix/><PartitionedPrefix/>")), "MalformedXML"],
    [
      status(
        TARGET +
          format("<PartitionedPrefix><PartitionDateSource>Now</PartitionDateSource></PartitionedPrefix>"),
      ),
      "MalformedXML",
    ],
  ];
  for (const [text, code] of cases) {
    assert.throws(
      () => readLogging(text),
      (error) => error instanceof Error && (error instanceof S3Error ? error.code : "MalformedXML") === code,
      text,
    );
  }
});
