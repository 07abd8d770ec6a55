"""Objects for jobs, written and looked at with boto3.

  objects.py write BUCKET             makes keys, a bucket and versions of every kind; prints what is there as JSON
  objects.py check STATE NEW_KEY_ARN  what a job to that key must have changed, and left; prints counts as JSON
  objects.py look STATE SCHEME        every version that no job leaves has this scheme, and reads as before
  objects.py unbuilt BUCKET           operations of directory buckets: 501, and nothing changes
"""

import datetime
import hashlib
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1})
s3 = boto3.client("s3", config=CONFIG)
kms = boto3.client("kms", config=CONFIG)
PART = 5 * 1024 * 1024
counts = {}


def count(what, by=1):
    counts[what] = counts.get(what, 0) + by


def code_of(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        count("refusals")
        return error.response["Error"]["Code"]
    raise AssertionError(f"{call.__name__} {arguments} was not refused")


def body_of(name, size):
    return (hashlib.sha256(name.encode()).digest() * (size // 32 + 1))[:size]


class Writer:
    def __init__(self, bucket):
        self.bucket = bucket
        self.keys = {name: kms.create_key(Description=name)["KeyMetadata"]["Arn"] for name in ("old", "new")}
        self.objects = []
        s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)

    def note(self, key, answer, body, left=None, customer=None):
        seen = s3.head_object(Bucket=self.bucket, Key=key, VersionId=answer["VersionId"], **(customer or {}))
        self.objects.append(
            {
                "key": key,
                "version": answer["VersionId"],
                "sha256": hashlib.sha256(body).hexdigest(),
                "size": len(body),
                "etag": seen["ETag"],
                "modified": seen["LastModified"].isoformat(),
                "scheme": seen.get("ServerSideEncryption", "SSE-C"),
                "kmsKey": seen.get("SSEKMSKeyId"),
                "left": left,
            }
        )

    def put(self, key, size=1000, left=None, customer=None, **arguments):
        body = body_of(f"{key}/{len(self.objects)}", size)
        answer = s3.put_object(Bucket=self.bucket, Key=key, Body=body, Metadata={"m": "1"}, **arguments, **(customer or {}))
        self.note(key, answer, body, left, customer)

    def put_parts(self, key, **arguments):
        upload = s3.create_multipart_upload(Bucket=self.bucket, Key=key, **arguments)["UploadId"]
        place = {"Bucket": self.bucket, "Key": key, "UploadId": upload}
        bodies = [body_of(f"{key}/{number}", size) for number, size in enumerate((PART, 70_000))]
        parts = [
            {"PartNumber": at + 1, "ETag": s3.upload_part(**place, PartNumber=at + 1, Body=body)["ETag"]}
            for at, body in enumerate(bodies)
        ]
        answer = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
        self.note(key, answer, b"".join(bodies))


def write(bucket):
    writer = Writer(bucket)
    old = writer.keys["old"]
    under_old = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": old}
    customer_key = os.urandom(16).hex()
    customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": customer_key}
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    retention = {"ObjectLockRetainUntilDate": until}
    for size in (0, 1, 1000, 300_000):
        writer.put(f"quarterly/plain-{size}", size, ServerSideEncryption="AES256")
        writer.put(f"quarterly/kms-{size}", size, **under_old)
        writer.put(f"quarterly/bucket-key-{size}", size, BucketKeyEnabled=True, **under_old)
    for _ in range(3):
        writer.put("quarterly/versions \u00e9", **under_old)
    writer.put("quarterly/versions \u00e9", ServerSideEncryption="AES256")
    writer.put("quarterly/hidden", **under_old)
    s3.delete_object(Bucket=bucket, Key="quarterly/hidden")
    writer.put_parts("quarterly/parts", **under_old)
    writer.put("quarterly/double", 200_000, "InTwoLayers", ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=old)
    writer.put("quarterly/customer", 1000, "UnderCustomerKey", customer)
    writer.put("quarterly/held", 1000, "ObjectLocked", ObjectLockLegalHoldStatus="ON", **under_old)
    for mode in ("GOVERNANCE", "COMPLIANCE"):
        writer.put(f"quarterly/{mode}", 1000, "ObjectLocked", ObjectLockMode=mode, **retention, **under_old)
    writer.put("elsewhere/kms", 1000, "outside", **under_old)
    return {"bucket": bucket, **writer.keys, "customerKey": customer_key, "objects": writer.objects}


def selector(state, each):
    place = {"Bucket": state["bucket"], "Key": each["key"], "VersionId": each["version"]}
    if each["scheme"] != "SSE-C":
        return place
    return {**place, "SSECustomerAlgorithm": "AES256", "SSECustomerKey": state["customerKey"]}


def require_same(state, each):
    """The data, and everything that is told of it but its encryption."""
    got = s3.get_object(**selector(state, each))
    assert hashlib.sha256(got["Body"].read()).hexdigest() == each["sha256"], each
    assert got["ETag"] == each["etag"] and got["ContentLength"] == each["size"], (got, each)
    assert got["LastModified"].isoformat() == each["modified"] and got["VersionId"] == each["version"], (got, each)
    count("versions read back")
    return got


def check(state, new):
    for each in state["objects"]:
        got = require_same(state, each)
        seen = s3.head_object(**selector(state, each))
        if each["left"] is None:
            assert (seen["ServerSideEncryption"], seen["SSEKMSKeyId"]) == ("aws:kms", new), (each, seen)
            count("versions under the new key")
        else:
            same = (seen.get("ServerSideEncryption", "SSE-C"), seen.get("SSEKMSKeyId"))
            assert same == (each["scheme"], each["kmsKey"]), (each, seen)
            count("versions left as they were")
        assert got.get("SSEKMSKeyId") == seen.get("SSEKMSKeyId")
    # Nothing that the job changed needs the old key any more.
    kms.disable_key(KeyId=state["old"])
    try:
        for each in state["objects"]:
            if each["left"] is None or each["scheme"] == "SSE-C":
                require_same(state, each)
            else:
                assert code_of(s3.get_object, **selector(state, each)) == "KMS.DisabledException"
    finally:
        kms.enable_key(KeyId=state["old"])


def look(state, scheme):
    for each in state["objects"]:
        if each["left"] is not None:
            continue
        got = require_same(state, each)
        assert got["ServerSideEncryption"] == scheme, (each, got)


def unbuilt(bucket):
    s3.put_object(Bucket=bucket, Key="stays", Body=b"here")
    refused = code_of(s3.rename_object, Bucket=bucket, Key="renamed", RenameSource=f"/{bucket}/stays")
    assert refused == "NotImplemented", refused
    refused = code_of(s3.rename_object, Bucket=bucket, Key="stays", RenameSource=f"/{bucket}/other")
    assert refused == "NotImplemented", refused
    refused = code_of(s3.create_session, Bucket=bucket)
    assert refused == "NotImplemented", refused
    assert s3.get_object(Bucket=bucket, Key="stays")["Body"].read() == b"here"
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["stays"]
    count("versions read back")


command, first, *rest = sys.argv[1:]
if command == "write":
    print(json.dumps(write(first)))
elif command == "unbuilt":
    unbuilt(first)
    print(json.dumps(counts))
else:
    with open(first, encoding="utf-8") as file:
        state = json.load(file)
    {"check": check, "look": look}[command](state, *rest)
    print(json.dumps(counts))
