import type { Scenario, Scenarios } from "../scenario.ts";
import { text } from "../scenario.ts";

const CLASS = "test_s3.py::TestS3::";
const Key = "source-object";
const JSON_OBJECT = {
  Key,
  Body: '{"key": "value"}',
  ContentType: "application/json",
  Metadata: { key: "value" },
};
const replace = { MetadataDirective: "REPLACE" };
const storage = { Key, ObjectAttributes: ["StorageClass"] };

/** Copies the source object; to itself unless `input` names another key. */
const copy = (t: Scenario, label: string, input: object = {}): Promise<Readonly<Record<string, unknown>>> =>
  t.match(label, "CopyObject", { CopySource: `${t.bucket}/${Key}`, Key, ...input });
const head = (t: Scenario, label: string, objectKey = Key): Promise<unknown> =>
  t.match(label, "HeadObject", { Key: objectKey });

const directive = (name: string): object => (name === "None" ? {} : { TaggingDirective: name });
const tagsOf = (t: Scenario, label: string, input: object): Promise<unknown> =>
  t.match(label, "GetObjectTagging", { ...input });

async function versionedTags(t: Scenario, name: string): Promise<void> {
  await t.setVersioning("Enabled");
  const first = text(
    await t.match("put-object", "PutObject", { Key, Body: "test", Tagging: "key1=value1" }),
    "VersionId",
  );
  await t.match("put-object-v2", "PutObject", { Key, Body: "test-v2", Tagging: "key1=value1-v2" });
  await tagsOf(t, "get-object-tag", { Key });
  await tagsOf(t, "get-object-tag-v1", { Key, VersionId: first });
  const Tagging = "key2=value2";
  const old = { CopySource: `${t.bucket}/${Key}?versionId=${first}` };
  const cases: readonly (readonly [string, object])[] = [
    ["", { Tagging }],
    ["-tag-empty", {}],
    ["-v1", { ...old, Tagging }],
    ["-tag-empty-v1", old],
  ];
  for (const [suffix, input] of cases) {
    const to = `${Key}-copy${suffix}`;
    await copy(t, `copy-object${suffix}`, { ...input, Key: to, ...directive(name) });
    const label =
      suffix === ""
        ? "get-copy-object-tag"
        : suffix === "-v1"
          ? "get-copy-object-tag-v1"
          : `get-copy-object${suffix}`;
    await tagsOf(t, label, { Key: to });
  }
}

const TO_OTHERS: Scenarios = {
  [`${CLASS}test_s3_copy_metadata_replace`]: async (t) => {
    await t.match("put_object", "PutObject", { ...JSON_OBJECT, ContentLanguage: "en-US" });
    await head(t, "head_object");
    const metadata = { Metadata: { "another-key": "value" }, ContentType: "image/jpg", ...replace };
    await copy(t, "copy_object", { Key: `${Key}-copy`, ...metadata });
    await head(t, "head_object_copy", `${Key}-copy`);
  },
  [`${CLASS}test_s3_copy_metadata_directive_copy`]: async (t) => {
    const put = { Key, Body: "test", Metadata: { key: "value" }, ContentLanguage: "en-US" };
    await t.match("put-object", "PutObject", put);
    await head(t, "head-object");
    const metadata = {
      Metadata: { "another-key": "value" },
      ContentLanguage: "en-GB",
      ContentType: "image/jpg",
    };
    await copy(t, "copy-object", { Key: `${Key}-copy`, ...metadata, MetadataDirective: "COPY" });
    await head(t, "head-object-copy", `${Key}-copy`);
  },
  [`${CLASS}test_s3_copy_content_type_and_metadata`]: async (t) => {
    await t.match("put_object", "PutObject", JSON_OBJECT);
    await head(t, "head_object");
    await copy(t, "copy_object", { Key: `${Key}-copy` });
    await head(t, "head_object_copy", `${Key}-copy`);
    await t.s3("DeleteObjects", { Delete: { Objects: [{ Key: `${Key}-copy` }] } });
    const metadata = { Metadata: { "another-key": "value" }, ContentType: "application/javascript" };
    await copy(t, "copy_object_second", { Key: `${Key}-second-copy`, ...metadata });
    await head(t, "head_object_second_copy", `${Key}-second-copy`);
  },
  [`${CLASS}test_s3_copy_tagging_directive`]: async (t, name) => {
    await t.match("put-object", "PutObject", { Key, Body: "test", Tagging: "key1=value1" });
    await tagsOf(t, "get-object-tag", { Key });
    await copy(t, "copy-object", { Key: `${Key}-copy`, Tagging: "key2=value2", ...directive(name) });
    await tagsOf(t, "get-copy-object-tag", { Key: `${Key}-copy` });
    await copy(t, "copy-object-tag-empty", { Key: `${Key}-copy-tag-empty`, ...directive(name) });
    await tagsOf(t, "get-copy-object-tag-empty", { Key: `${Key}-copy-tag-empty` });
  },
  [`${CLASS}test_s3_copy_tagging_directive_versioned`]: versionedTags,
  [`${CLASS}test_s3_copy_object_wrong_format`]: async (t) => {
    await t.match("copy-object-wrong-copy-source", "CopyObject", {
      CopySource: "wrongformat",
      Key: "destination-key",
    });
  },
  [`${CLASS}test_s3_copy_object_storage_class`]: async (t) => {
    await t.match("put-object", "PutObject", { Key, Body: "test", StorageClass: "STANDARD_IA" });
    await head(t, "head-object");
    await t.match("object-attrs", "GetObjectAttributes", storage);
    await copy(t, "copy-object-in-place-with-storage-class", { Key: "dest-object" });
    await t.match("object-attrs-after-copy", "GetObjectAttributes", { ...storage, Key: "dest-object" });
    await copy(t, "exc-invalid-request-storage-class");
  },
  [`${CLASS}test_copy_object_special_character`]: async (t) => {
    const keys = ["file%2Fname", "test@key/", "test key/", "test key//", "a/%F0%9F%98%80/", "test+key"];
    const Bucket = await t.createBucket();
    for (const objectKey of keys) {
      await t.match(`put-object-src-special-char-${objectKey}`, "PutObject", {
        Key: objectKey,
        Body: "test",
      });
      // This SDK sends the source as it is given, so it is encoded here.
      const CopySource = encodeURIComponent(`${t.bucket}/${objectKey}`);
      await t.match(`copy-object-special-char-${objectKey}`, "CopyObject", {
        Bucket,
        Key: objectKey,
        CopySource,
      });
    }
    await t.match("list-object-copy-dest-special-char", "ListObjectsV2", { Bucket });
  },
};

async function inPlaceVersioned(t: Scenario): Promise<void> {
  await t.setVersioning("Enabled");
  await t.match("put_object", "PutObject", JSON_OBJECT);
  await head(t, "head_object");
  await t.match("object-attrs", "GetObjectAttributes", storage);
  await copy(t, "copy-object-in-place-no-change");
  const VersionId = text(await copy(t, "copy-in-place-versioned", replace), "VersionId");
  await head(t, "head-object-copied");
  await t.match("get-object-copied", "GetObject", { Key });
  await t.setVersioning("Suspended");
  await copy(t, "copy-in-place-versioned-suspended", replace);
  await head(t, "head-object-copied-suspended");
  await t.match("get-object-copied-suspended", "GetObject", { Key });
  await t.match("head-object-previous-version-suspended", "HeadObject", { Key, VersionId });
  await t.setVersioning("Enabled");
  await copy(t, "copy-in-place-versioned-re-enabled", replace);
}

const IN_PLACE: Scenarios = {
  [`${CLASS}test_s3_copy_object_in_place_versioned`]: inPlaceVersioned,
  [`${CLASS}test_s3_copy_object_in_place_suspended_only`]: async (t) => {
    await t.match("put_object", "PutObject", JSON_OBJECT);
    await head(t, "head_object");
    await copy(t, "copy-in-place-non-versioned", replace);
    await head(t, "head-object-copied");
    await t.match("get-object-copied", "GetObject", { Key });
    await t.setVersioning("Suspended");
    await copy(t, "copy-in-place-versioned-suspended", replace);
    await head(t, "head-object-copied-suspended");
    await t.match("get-object-copied-suspended", "GetObject", { Key });
    await copy(t, "copy-in-place-versioned-suspended-twice", replace);
  },
  [`${CLASS}test_s3_copy_object_in_place_storage_class`]: async (t) => {
    const StorageClass = "STANDARD";
    await t.match("put-object", "PutObject", { Key, Body: "test", StorageClass });
    await head(t, "head-object");
    await t.match("object-attrs", "GetObjectAttributes", storage);
    await copy(t, "copy-object-in-place-with-storage-class", { StorageClass });
    await t.match("object-attrs-after-copy", "GetObjectAttributes", storage);
  },
  [`${CLASS}test_s3_copy_object_in_place_metadata_directive`]: async (t) => {
    const kept = { MetadataDirective: "COPY", StorageClass: "STANDARD" };
    await t.match("put_object", "PutObject", JSON_OBJECT);
    await head(t, "head_object");
    await copy(t, "no-metadata-directive-fail", { Metadata: { key: "value" } });
    await copy(t, "copy-replace-directive", { Metadata: { key2: "value2" }, ...replace });
    await head(t, "head-replace-directive");
    await copy(t, "copy-copy-directive", kept);
    await head(t, "head-copy-directive");
    await copy(t, "copy-copy-directive-ignore", { ...kept, Metadata: { key3: "value3" } });
    await head(t, "head-copy-directive-ignore");
    await copy(t, "copy-replace-directive-empty", replace);
    await head(t, "head-replace-directive-empty");
  },
};

/** Copies of objects. */
export const COPIES: Scenarios = { ...TO_OTHERS, ...IN_PLACE };
