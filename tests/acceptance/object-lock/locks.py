"""Object Lock on every way to write, as boto3 does it, asked by the account's root. Prints what it counted as JSON."""
import base64
import datetime
import hashlib
import io
import json
import os
import sys
import time

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

BUCKET = sys.argv[1]
LATER = f"{BUCKET}-later"
PROTECTED = "Access Denied because object protected by object lock."
counts = {"locked versions": 0, "refusals": 0, "lifted locks": 0}
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
kms = boto3.client("kms")


def refused(status, code, call, message=None, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        answer = error.response
        got = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"])
        assert got == (status, code), (got, answer["Error"].get("Message"), parameters)
        assert message in (None, answer["Error"]["Message"]), answer["Error"]["Message"]
        counts["refusals"] += 1
        return
    raise AssertionError(f"not refused: {call} {parameters}")


def in_days(days):
    return datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=days)


def configuration(**default):
    rule = {"Rule": {"DefaultRetention": default}} if default else {}
    return {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **rule}}


def lock_of(key, version, **secret):
    """As HEAD and GET tell it, and the operations that are made for it."""
    told = []
    for read in (s3.head_object, s3.get_object):
        answer = read(Bucket=BUCKET, Key=key, VersionId=version, **secret)
        told.append(tuple(answer.get(f"ObjectLock{name}") for name in ("Mode", "RetainUntilDate", "LegalHoldStatus")))
    retention = hold = None
    named = {"Bucket": BUCKET, "Key": key, "VersionId": version}
    if told[0][0] is None:
        refused(404, "NoSuchObjectLockConfiguration", s3.get_object_retention, **named)
        retention = (None, None)
    else:
        document = s3.get_object_retention(**named)["Retention"]
        retention = (document["Mode"], document["RetainUntilDate"])
    if told[0][2] is None:
        refused(404, "NoSuchObjectLockConfiguration", s3.get_object_legal_hold, **named)
    else:
        hold = s3.get_object_legal_hold(**named)["LegalHold"]["Status"]
    assert told[0] == told[1] == (*retention, hold), (key, told, retention, hold)
    return told[0]


# Buckets: made with Object Lock, or given it later, and never without it again.
s3.create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
assert s3.get_object_lock_configuration(Bucket=BUCKET)["ObjectLockConfiguration"] == {"ObjectLockEnabled": "Enabled"}
s3.create_bucket(Bucket=LATER)
refused(404, "ObjectLockConfigurationNotFoundError", s3.get_object_lock_configuration, Bucket=LATER)
refused(409, "InvalidBucketState", s3.put_object_lock_configuration, Bucket=LATER, **configuration())
s3.put_bucket_versioning(Bucket=LATER, VersioningConfiguration={"Status": "Enabled"})
s3.put_object_lock_configuration(Bucket=LATER, **configuration(Mode="COMPLIANCE", Years=7))
for bucket in (BUCKET, LATER):
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    suspended = {"VersioningConfiguration": {"Status": "Suspended"}}
    refused(409, "InvalidBucketState", s3.put_bucket_versioning, Bucket=bucket, **suspended)
by_years = s3.put_object(Bucket=LATER, Key="k", Body=b"x")
until = s3.head_object(Bucket=LATER, Key="k")["ObjectLockRetainUntilDate"]
assert 2555 <= (until - in_days(0)).days <= 2557, until
refused(403, "AccessDenied", s3.delete_object, PROTECTED, Bucket=LATER, Key="k", VersionId=by_years["VersionId"])
refused(409, "BucketNotEmpty", s3.delete_bucket, Bucket=LATER)

# Every scheme of encryption on every way to write.
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
arn = kms.create_key()["KeyMetadata"]["Arn"]
customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
schemes = {
    "s3": ({}, {}),
    "kms": ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}, {}),
    "dsse": ({"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": arn}, {}),
    "customer": (customer, customer),
}
locks = {
    "governance": {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": in_days(3)},
    "compliance": {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": in_days(3)},
    "hold": {"ObjectLockLegalHoldStatus": "ON"},
}
s3.put_object(Bucket=BUCKET, Key="source", Body=b"source")


def put(key, **how):
    return s3.put_object(Bucket=BUCKET, Key=key, Body=b"body", **how)["VersionId"]


def copy(key, **how):
    return s3.copy_object(Bucket=BUCKET, Key=key, CopySource=f"{BUCKET}/source", **how)["VersionId"]


def upload(key, **how):
    secret = {name: value for name, value in how.items() if name.startswith("SSECustomer")}
    named = {"Bucket": BUCKET, "Key": key}
    named["UploadId"] = s3.create_multipart_upload(**named, **how)["UploadId"]
    etag = s3.upload_part(**named, PartNumber=1, Body=b"part", **secret)["ETag"]
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    return s3.complete_multipart_upload(**named, MultipartUpload=parts)["VersionId"]


def transfer(key, **how):
    settings = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    s3.upload_fileobj(io.BytesIO(b"x" * ((5 << 20) + 1)), BUCKET, key, ExtraArgs=how, Config=settings)
    return s3.list_object_versions(Bucket=BUCKET, Prefix=key)["Versions"][0]["VersionId"]


locked = []
for scheme, (write, secret) in schemes.items():
    for lock, headers in locks.items():
        for way in (put, copy, upload, *((transfer,) if scheme == "kms" else ())):
            key = f"{scheme}/{lock}/{way.__name__}"
            version = way(key, **write, **headers)
            expected = tuple(headers.get(f"ObjectLock{name}") for name in ("Mode", "RetainUntilDate", "LegalHoldStatus"))
            assert lock_of(key, version, **secret) == expected, key
            locked.append((lock, {"Bucket": BUCKET, "Key": key, "VersionId": version}))
            counts["locked versions"] += 1
copied = copy("unlocked-copy")
assert lock_of("unlocked-copy", copied) == (None, None, None)

# A form, with the digest that it has to bring.
fields = {"x-amz-object-lock-mode": "COMPLIANCE", "x-amz-object-lock-retain-until-date": in_days(3).isoformat()}
session = URLLib3Session(verify=os.environ["AWS_CA_BUNDLE"])


def post(key, **more):
    told = {**fields, **more}
    form = s3.generate_presigned_post(BUCKET, key, Fields=told, Conditions=[{name: value} for name, value in told.items()])
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form["fields"].items()]
    body = "".join(parts) + '--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbody\r\n--b--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    return session.send(AWSRequest("POST", form["url"], headers, body.encode()).prepare())


bare = post("form")
assert bare.status_code == 400 and b"Content-MD5 OR x-amz-checksum-" in bare.content, bare.content
counts["refusals"] += 1
sent = post("form", **{"Content-MD5": base64.b64encode(hashlib.md5(b"body").digest()).decode()})
assert sent.status_code == 204, sent.content
version = sent.headers["x-amz-version-id"]
assert lock_of("form", version)[0] == "COMPLIANCE"
locked.append(("compliance", {"Bucket": BUCKET, "Key": "form", "VersionId": version}))
counts["locked versions"] += 1

# What is locked stays, whoever asks; what else is changed of it leaves the lock alone.
tags = {"Tagging": {"TagSet": [{"Key": "a", "Value": "b"}]}}
for lock, version in locked:
    before = s3.list_object_versions(Bucket=BUCKET, Prefix=version["Key"])["Versions"]
    refused(403, "AccessDenied", s3.delete_object, PROTECTED, **version)
    if lock != "governance":
        refused(403, "AccessDenied", s3.delete_object, PROTECTED, BypassGovernanceRetention=True, **version)
    if lock != "hold":
        for weaker in ({"Mode": lock.upper(), "RetainUntilDate": in_days(2)}, {}):
            refused(403, "AccessDenied", s3.put_object_retention, PROTECTED, Retention=weaker, **version)
    if lock == "compliance":
        weaker = {"Mode": "GOVERNANCE", "RetainUntilDate": in_days(300)}
        bypass = {"BypassGovernanceRetention": True}
        refused(403, "AccessDenied", s3.put_object_retention, PROTECTED, Retention=weaker, **bypass, **version)
    if hasattr(s3, "update_object_encryption"):
        to = {"ObjectEncryption": {"SSEKMS": {"KMSKeyArn": arn}}}
        if version["Key"].startswith(("s3/", "kms/")):
            refused(403, "AccessDenied", s3.update_object_encryption, **to, **version)
    s3.put_object_tagging(**version, **tags)
    assert s3.list_object_versions(Bucket=BUCKET, Prefix=version["Key"])["Versions"] == before, version
objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for _, version in locked]
answer = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [*objects, {"Key": "unlocked-copy", "VersionId": copied}]})
assert [each["Key"] for each in answer["Deleted"]] == ["unlocked-copy"]
assert len(answer["Errors"]) == len(objects)
assert {(each["Code"], each["Message"]) for each in answer["Errors"]} == {("AccessDenied", PROTECTED)}
refused(409, "BucketNotEmpty", s3.delete_bucket, Bucket=BUCKET)

# Overwritten and hidden, but there.
_, first = locked[0]
put(first["Key"])
assert s3.delete_object(Bucket=BUCKET, Key=first["Key"])["DeleteMarker"] is True
refused(404, "NoSuchKey", s3.get_object, Bucket=BUCKET, Key=first["Key"])
assert s3.get_object(**first)["Body"].read() == b"body"

# Each lock ends as it may: lifted, passed over, or with its time.
for lock, version in locked:
    if lock == "hold":
        s3.put_object_legal_hold(LegalHold={"Status": "OFF"}, **version)
        s3.delete_object(**version)
    elif lock == "governance":
        s3.put_object_retention(Retention={"Mode": "GOVERNANCE", "RetainUntilDate": in_days(4)}, **version)
        s3.delete_object(BypassGovernanceRetention=True, **version)
    else:
        s3.put_object_retention(Retention={"Mode": "COMPLIANCE", "RetainUntilDate": in_days(4)}, **version)
        continue
    counts["lifted locks"] += 1
s3.put_object_lock_configuration(Bucket=BUCKET, **configuration(Mode="GOVERNANCE", Days=5))
for way in (put, copy, upload):
    mode, until, _ = lock_of("default", way("default"))
    assert mode == "GOVERNANCE" and abs((until - in_days(5)).total_seconds()) < 300, (way.__name__, until)
    counts["locked versions"] += 1
soon = in_days(0) + datetime.timedelta(seconds=4)  # boto3 sends whole seconds in headers
brief = put("brief", ObjectLockMode="COMPLIANCE", ObjectLockRetainUntilDate=soon)
deadline = time.monotonic() + 60
while True:
    try:
        s3.delete_object(Bucket=BUCKET, Key="brief", VersionId=brief, BypassGovernanceRetention=True)
        break
    except ClientError as error:
        assert error.response["Error"]["Message"] == PROTECTED and time.monotonic() < deadline, error
        counts["refusals"] += 1
        time.sleep(0.2)
assert datetime.datetime.now(datetime.timezone.utc) >= soon, "gone before its time"
counts["lifted locks"] += 1
print(json.dumps(counts))
