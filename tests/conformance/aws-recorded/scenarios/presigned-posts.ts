import type { Scenario, Scenarios } from "../scenario.ts";
import { documentAndStatus, documentOf, postForm, presignForm } from "./post-form.ts";

const CLASS = "test_s3.py::TestS3PresignedPost::";
const REDIRECT = "http://localhost.test/random";

async function expires(t: Scenario): Promise<void> {
  const fields = presignForm(t, { Key: "test-presigned-post-key", ExpiresIn: -1 });
  t.check("exception", documentAndStatus(await postForm(t, fields)));
}

async function malformedPolicy(t: Scenario, signatureVersion: string): Promise<void> {
  const fields = presignForm(t, { Key: "test-presigned-malformed-policy", signatureVersion });
  const policy = (fields["policy"] ?? "").slice(0, -2);
  t.check("exception-policy", documentAndStatus(await postForm(t, { ...fields, policy })));
}

const without = (
  fields: Readonly<Record<string, string>>,
  ...names: readonly string[]
): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

async function missingSignature(t: Scenario, signatureVersion: string): Promise<void> {
  const fields = presignForm(t, { Key: "test-presigned-missing-signature", signatureVersion });
  const unsigned = without(fields, "signature", "x-amz-signature");
  t.check("exception-missing-signature", documentAndStatus(await postForm(t, unsigned)));
}

async function missingFields(t: Scenario, signatureVersion: string): Promise<void> {
  const {
    key = "",
    policy = "",
    ...fields
  } = presignForm(t, {
    Key: "test-presigned-missing-fields",
    signatureVersion,
  });
  const names = ["AWSAccessKeyId", "x-amz-algorithm", "x-amz-credential"];
  const some = { key, policy, ...without(fields, ...names) };
  t.check("exception-missing-fields", documentAndStatus(await postForm(t, some)));
  t.check("exception-no-sig-related-fields", documentAndStatus(await postForm(t, { key, policy })));
}

const TAGGING_DOCUMENTS: Readonly<Record<string, string>> = {
  single: "<Tagging><TagSet><Tag><Key>TagName</Key><Value>TagValue</Value></Tag></TagSet></Tagging>",
  list: "<Tagging><TagSet><Tag><Key>TagName</Key><Value>TagValue</Value></Tag><Tag><Key>TagName2</Key><Value>TagValue2</Value></Tag></TagSet></Tagging>",
  invalid: "<InvalidXmlTagging></InvalidXmlTagging>",
  notxml: "not-xml",
};

async function tags(t: Scenario, kind: string): Promise<void> {
  const Key = "test-presigned-post-key-tagging";
  const tagging = TAGGING_DOCUMENTS[kind] ?? "";
  const Conditions = [{ bucket: t.bucket }, ["eq", "$tagging", tagging]];
  const fields = presignForm(t, { Key, Fields: { tagging }, Conditions });
  const answer = await postForm(t, fields, { content: "test-body-tagging" });
  if (kind === "notxml") {
    t.check("tagging-error", documentOf(answer));
    return;
  }
  t.expect(answer.status === 204, `the form was answered ${answer.status}`);
  await t.match("get-tagging", "GetObjectTagging", { Key });
}

const httpDate = (): string => new Date(Date.now() + 600_000).toUTCString();

async function metadata(t: Scenario): Promise<void> {
  const Key = "test-presigned-post-key-metadata";
  const Fields = {
    "x-amz-meta-test-1": "test-meta-1",
    "x-amz-meta-TEST-2": "test-meta-2",
    "Content-Type": "text/plain",
    Expires: httpDate(),
  };
  const Conditions = Object.entries(Fields).map(([name, value]) => ["eq", `$${name}`, value]);
  const answer = await postForm(t, presignForm(t, { Key, Fields, Conditions }), {
    content: "test-body-tagging",
  });
  t.expect(answer.status === 204, `the form was answered ${answer.status}`);
  await t.match("head-object", "HeadObject", { Key });
}

async function unicodeMetadata(t: Scenario): Promise<void> {
  const Key = "test_unicode—_file.pdf";
  const Fields = {
    "Content-Disposition": 'filename="test_—_file%E2%80%94_é_2-.pdf"',
    "Cache-Control": "non-ascii-%E2%80%94_—_é_",
    "x-amz-meta-nonascii": "ÄMÄZÕÑ S3",
    "x-amz-meta-nonascii-2": "test_—_file%E2%80%94_é_2👑.pdf",
    "x-amz-meta-safe-chars":
      "! \"#$%&'()*+,-./0123456789:;<>'?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\t",
    "x-amz-meta-utf-8": "\x00\x01\x02\x03\x04",
    "x-amz-meta-q-encoded": "=?UTF-8?Q?actually-ascii?=",
    "x-amz-meta-b-encoded": "=?UTF-8?B?YWJj?=",
    success_action_status: "201",
  };
  const Conditions = Object.entries(Fields).map(([name, value]) => ["eq", `$${name}`, value]);
  const answer = await postForm(t, presignForm(t, { Key, Fields, Conditions }), {
    content: "test-body-tagging",
  });
  t.check("post-object", { ...documentOf(answer), LocationHeader: answer.headers["location"] });
  // The tab at the end of a header is nothing to this client, and something to the one that recorded.
  t.check("head-object", await t.attempt("HeadObject", { Key }), ["Metadata.safe-chars"]);
}

async function storageClass(t: Scenario): Promise<void> {
  const Key = "test-presigned-post-key-storage-class";
  const send = (value: string) => {
    const Fields = { "x-amz-storage-class": value };
    const Conditions = [["eq", "$x-amz-storage-class", value]];
    return postForm(t, presignForm(t, { Key, Fields, Conditions }), { content: "test-body-storage-class" });
  };
  await send("STANDARD_IA");
  await t.match("head-object", "HeadObject", { Key });
  t.check("invalid-storage-error", documentOf(await send("FakeClass")));
}

async function wrongContentType(t: Scenario): Promise<void> {
  const fields = presignForm(t, { Key: "test-presigned-post-key-wrong-content-type" });
  t.check("invalid-content-type-error", documentOf(await postForm(t, fields, { content: "x" }, "text/html")));
}

async function defaultChecksum(t: Scenario): Promise<void> {
  const Key = "test-presigned-post-checksum";
  const answer = await postForm(t, presignForm(t, { Key }), { content: "test-body-tagging" });
  t.expect(answer.headers["x-amz-checksum-type"] === "FULL_OBJECT", "the form's answer names a checksum");
  await t.match("head-object", "HeadObject", { Key, ChecksumMode: "ENABLED" });
}

async function fileAsString(t: Scenario): Promise<void> {
  const Key = "test-presigned-post-file-as-field";
  await postForm(t, presignForm(t, { Key }), { content: "test-body-file-as-field", name: null });
  await t.match("head-object", "HeadObject", { Key });
  const literal = `file-as-field-${"$"}{filename}`;
  const content = "test-body-file-as-field-filename-replacement";
  await postForm(t, presignForm(t, { Key: literal }), { content, name: null });
  await t.match("list-objects", "ListObjectsV2");
}

async function conditionsEq(t: Scenario): Promise<void> {
  const Key = "validate-policy-1";
  const redirect = { success_action_redirect: REDIRECT };
  const formWith = (condition: unknown) => presignForm(t, { Key, Fields: redirect, Conditions: [condition] });
  const right = formWith(["eq", "$success_action_redirect", REDIRECT]);
  const wrong = { ...right, success_action_redirect: "http://wrong.location/test" };
  t.check("invalid-condition-eq", documentOf(await postForm(t, wrong)));
  const nameless = formWith(["eq", "success_action_redirect", REDIRECT]);
  t.check("invalid-condition-missing-prefix", documentOf(await postForm(t, nameless)));
  const double = formWith({ bucket: t.bucket, ...redirect });
  t.check("invalid-condition-wrong-condition", documentOf(await postForm(t, double)));
  const loud = formWith(["eq", "$success_action_redirect", REDIRECT.replace("http://", "HTTP://")]);
  t.check("invalid-condition-wrong-value-casing", documentOf(await postForm(t, loud)));

  const Fields = {
    "x-amz-meta-test-1": "test-meta-1",
    "x-amz-meta-TEST-2": "test-meta-2",
    "Content-Type": "text/plain",
    Expires: httpDate(),
  };
  const Conditions = Object.entries(Fields).map(([name, value]) => ["eq", `$${name.toLowerCase()}`, value]);
  const lower = await postForm(t, presignForm(t, { Key, Fields, Conditions }));
  t.expect(lower.status === 204, `names in another case were answered ${lower.status}`);
  await t.match("head-object-metadata", "HeadObject", { Key });
  const cased = await postForm(t, formWith(["eq", "$success_Action_REDIRECT", REDIRECT]));
  t.expect(cased.status === 303, `a condition in another case was answered ${cased.status}`);
  await t.match("final-object", "GetObject", { Key });
}

async function conditionsStartsWith(t: Scenario): Promise<void> {
  const Key = "validate-policy-2";
  const formWith = (prefix: string) =>
    presignForm(t, {
      Key,
      Fields: { success_action_redirect: REDIRECT },
      Conditions: [["starts-with", "$success_action_redirect", prefix]],
    });
  const fields = formWith("http://localhost");
  const to = (success_action_redirect: string) => postForm(t, { ...fields, success_action_redirect });
  t.check("invalid-condition-starts-with", documentOf(await to("http://wrong.location/test")));
  t.check("invalid-condition-starts-with-casing", documentOf(await to("HTTP://localhost.test/random")));
  t.expect((await to(REDIRECT)).status === 303, "the right redirect is refused");
  await t.match("get-object-1", "GetObject", { Key });
  const elsewhere = { ...formWith(""), success_action_redirect: "http://wrong.location/test" };
  const answer = await postForm(t, elsewhere, { content: "manual value to change ETag" });
  const location = String(answer.headers["location"]);
  t.expect(answer.status === 303 && location.startsWith("http://wrong.location/test"), "any redirect");
  await t.match("get-object-2", "GetObject", { Key });
}

async function sizes(t: Scenario): Promise<void> {
  const Key = "validate-policy-content-length";
  const send = async (least: unknown, most: unknown, size: number) => {
    const fields = presignForm(t, { Key, Conditions: [["content-length-range", least, most]] });
    return postForm(t, fields, { content: "a".repeat(size) });
  };
  t.check("invalid-content-length-too-big", documentOf(await send(5, 10, 12)));
  t.check("invalid-content-length-too-small", documentOf(await send(5, 10, 1)));
  for (const size of [5, 10]) t.expect((await send(5, 10, size)).status === 204, `${size} bytes are refused`);
  await t.match("final-object", "GetObject", { Key });
  t.expect((await send("5", "10", 10)).status === 204, "sizes as text are refused");
  t.check("invalid-content-length-wrong-type", documentOf(await send("test", "10", 10)));
}

/** Forms that browsers send. */
export const PRESIGNED_POSTS: Scenarios = {
  [`${CLASS}test_post_request_expires`]: expires,
  [`${CLASS}test_post_request_malformed_policy`]: malformedPolicy,
  [`${CLASS}test_post_request_missing_signature`]: missingSignature,
  [`${CLASS}test_post_request_missing_fields`]: missingFields,
  [`${CLASS}test_post_object_with_tags`]: tags,
  [`${CLASS}test_post_object_with_metadata`]: metadata,
  [`${CLASS}test_post_object_with_unicode_metadata`]: unicodeMetadata,
  [`${CLASS}test_post_object_with_storage_class`]: storageClass,
  [`${CLASS}test_post_object_with_wrong_content_type`]: wrongContentType,
  [`${CLASS}test_post_object_default_checksum`]: defaultChecksum,
  [`${CLASS}test_post_object_with_file_as_string`]: fileAsString,
  [`${CLASS}test_post_object_policy_conditions_validation_eq`]: conditionsEq,
  [`${CLASS}test_post_object_policy_conditions_validation_starts_with`]: conditionsStartsWith,
  [`${CLASS}test_post_object_policy_validation_size`]: sizes,
};
