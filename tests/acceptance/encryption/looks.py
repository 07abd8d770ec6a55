"""What one object looks like on every way to look at it, in every scheme. Prints what it counted as JSON."""
import base64
import hashlib
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

GROUP, BUCKET = sys.argv[1], sys.argv[2]
CONFIG = Config(s3={"addressing_style": "path"})
s3 = boto3.client("s3", config=CONFIG)
kms = boto3.client("kms")
counts = {}


def count(what, number=1):
    counts[what] = counts.get(what, 0) + number


def code_of(call, **parameters):
    try:
        call(Bucket=BUCKET, **parameters)
    except ClientError as error:
        count("refusals")
        return error.response["Error"]["Code"]
    raise AssertionError(f"not refused: {parameters.get('Key')}")


def customer(key):
    return {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}


def spelled(secret):
    """For operations of which boto3 does not know that they take a customer's key."""
    if not secret:
        return {}
    key = secret["SSECustomerKey"]
    text = base64.b64encode(key).decode()
    return {**secret, "SSECustomerKey": text, "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(key).digest()).decode()}


def as_source(secret):
    return {f"CopySource{name}": value for name, value in secret.items()}


def read(key, secret, **more):
    return s3.get_object(Bucket=BUCKET, Key=key, **secret, **more)["Body"].read()


s3.create_bucket(Bucket=BUCKET)
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
arn = kms.create_key()["KeyMetadata"]["Arn"]
secret = customer(os.urandom(32))
by_kms = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": arn}
SCHEMES = {
    "s3": ({}, {}),
    "kms": (by_kms, {}),
    "kms-bucket-key": ({**by_kms, "BucketKeyEnabled": True}, {}),
    "dsse": ({"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": arn}, {}),
    "customer": (secret, secret),
}
TOLD = {"ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled", "SSECustomerAlgorithm", "SSECustomerKeyMD5"}
EXPECTED = {
    "s3": {"ServerSideEncryption"},
    "kms": {"ServerSideEncryption", "SSEKMSKeyId"},
    "kms-bucket-key": {"ServerSideEncryption", "SSEKMSKeyId", "BucketKeyEnabled"},
    "dsse": {"ServerSideEncryption", "SSEKMSKeyId"},
    "customer": {"SSECustomerAlgorithm", "SSECustomerKeyMD5"},
}
PART = os.urandom(5 << 20)


def put_parts(key, write, read_with, pieces, algorithm="CRC32"):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=key, ChecksumAlgorithm=algorithm, **write)["UploadId"]
    place = {"Bucket": BUCKET, "Key": key, "UploadId": upload}
    parts = []
    for number, body in enumerate(pieces, 1):
        answer = s3.upload_part(**place, PartNumber=number, Body=body, ChecksumAlgorithm=algorithm, **read_with)
        parts.append({"PartNumber": number, "ETag": answer["ETag"], f"Checksum{algorithm}": answer[f"Checksum{algorithm}"]})
    return s3.complete_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload, MultipartUpload={"Parts": parts}, **read_with)


def look_at_each():
    """Sizes, bytes, ETags and headers."""
    for name, (write, read_with) in SCHEMES.items():
        made = {}
        for size in (0, 1, 65536, 3 * 65536 + 5, 1_500_000):
            body = os.urandom(size)
            made[f"{name}/{size}"] = (body, s3.put_object(Bucket=BUCKET, Key=f"{name}/{size}", Body=body, **write)["ETag"])
        made[f"{name}/parts"] = (PART + b"tail", put_parts(f"{name}/parts", write, read_with, (PART, b"tail"))["ETag"])
        listed = {}
        for lister in ("list_objects", "list_objects_v2", "list_object_versions"):
            page = getattr(s3, lister)(Bucket=BUCKET, Prefix=f"{name}/")
            for entry in page.get("Contents", page.get("Versions")):
                listed.setdefault(entry["Key"], set()).add((entry["ETag"], entry["Size"]))
        for key, (body, etag) in made.items():
            head = s3.head_object(Bucket=BUCKET, Key=key, **read_with)
            got = s3.get_object(Bucket=BUCKET, Key=key, **read_with)
            assert hashlib.sha256(got["Body"].read()).digest() == hashlib.sha256(body).digest(), key
            assert listed[key] == {(etag, len(body))}, (key, listed[key])
            attributes = s3.get_object_attributes(Bucket=BUCKET, Key=key, ObjectAttributes=["ETag", "ObjectSize"], **spelled(read_with))
            assert attributes["ETag"] == etag.strip('"') and attributes["ObjectSize"] == len(body), key
            for answer in (head, got):
                assert answer["ContentLength"] == len(body) and answer["ETag"] == etag, key
                assert TOLD & set(answer) == EXPECTED[name], (key, TOLD & set(answer))
                headers = json.dumps(answer["ResponseMetadata"]["HTTPHeaders"])
                assert "customer-key\"" not in headers, "a customer's key is never told"
            if len(body) > 2 * 65536:
                middle = read(key, read_with, Range="bytes=65530-131080")
                assert middle == body[65530:131081], key
            count("objects looked at")


def copy_each():
    """Bytes, metadata and checksums, and nothing else, across each pair of schemes."""
    body = os.urandom(6 * 65536 + 11)
    for source, (write, read_with) in SCHEMES.items():
        key = f"from-{source}"
        put = s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata={"a": "b"}, ContentType="x/y", ChecksumAlgorithm="SHA256", **write)
        for target, (write_to, read_to) in SCHEMES.items():
            s3.copy_object(Bucket=BUCKET, Key="to", CopySource={"Bucket": BUCKET, "Key": key}, **as_source(read_with), **write_to)
            head = s3.head_object(Bucket=BUCKET, Key="to", ChecksumMode="ENABLED", **read_to)
            assert head["Metadata"] == {"a": "b"} and head["ContentType"] == "x/y", (source, target)
            assert head["ChecksumSHA256"] == put["ChecksumSHA256"], (source, target)
            assert TOLD & set(head) == EXPECTED[target], (source, target)
            assert read("to", read_to) == body, (source, target)
            upload = s3.create_multipart_upload(Bucket=BUCKET, Key="to-parts", **write_to)["UploadId"]
            place = {"Bucket": BUCKET, "Key": key}
            copied = s3.upload_part_copy(
                Bucket=BUCKET, Key="to-parts", UploadId=upload, PartNumber=1, CopySource=place, CopySourceRange="bytes=7-300000", **as_source(read_with), **read_to
            )
            parts = [{"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}]
            s3.complete_multipart_upload(Bucket=BUCKET, Key="to-parts", UploadId=upload, MultipartUpload={"Parts": parts}, **read_to)
            assert read("to-parts", read_to) == body[7:300001], (source, target)
            count("copies", 2)


def rotate_customers_keys():
    """The key is asked for by every read, and given up by a copy of an object onto itself."""
    other = customer(os.urandom(32))
    for size in (0, 200_000):
        body = os.urandom(size)
        s3.put_object(Bucket=BUCKET, Key="k", Body=body, **secret)
        place = {"Bucket": BUCKET, "Key": "k"}
        for wrong, code in (({}, "InvalidRequest"), (other, "AccessDenied")):
            assert code_of(s3.get_object, Key="k", **wrong) == code
            assert code_of(s3.get_object, Key="k", PartNumber=1, **wrong) == code
            assert code_of(s3.get_object_attributes, Key="k", ObjectAttributes=["ETag"], **spelled(wrong)) == code
            assert code_of(s3.copy_object, Key="c", CopySource=place, **as_source(wrong)) == code
            if size > 0:
                assert code_of(s3.get_object, Key="k", Range="bytes=5-9", **wrong) == code
            assert code_of(s3.head_object, Key="k", **wrong) in ("400", "403")
        s3.copy_object(Bucket=BUCKET, Key="k", CopySource=place, **as_source(secret), **other)
        assert code_of(s3.get_object, Key="k", **secret) == "AccessDenied" and read("k", other) == body
        s3.copy_object(Bucket=BUCKET, Key="k", CopySource=place, **as_source(other), **other)
        assert read("k", other) == body
        s3.copy_object(Bucket=BUCKET, Key="k", CopySource=place, **as_source(other), ServerSideEncryption="AES256")
        assert read("k", {}) == body
        s3.copy_object(Bucket=BUCKET, Key="k", CopySource=place, **by_kms)
        assert read("k", {}) == body and s3.head_object(Bucket=BUCKET, Key="k")["SSEKMSKeyId"] == arn
        count("rotations", 4)
    by_default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    by_default["BlockedEncryptionTypes"] = {"EncryptionType": ["NONE"]}
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [by_default]})
    s3.put_object(Bucket=BUCKET, Key="own", Body=b"x", **secret)
    assert s3.put_object(Bucket=BUCKET, Key="plain", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == "AES256"
    assert read("own", secret) == b"x" and read("plain", {}) == b"x"


def ask_for_keys():
    """What asks the key service, and what does not."""
    for count_of in range(300):
        s3.put_object(Bucket=BUCKET, Key=f"many/{count_of}", Body=b"x", **by_kms)
    place = {"Bucket": BUCKET, "Key": "many/0"}
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="p", **by_kms)["UploadId"]
    kms.disable_key(KeyId=arn)
    assert len(s3.list_objects_v2(Bucket=BUCKET, Prefix="many/")["Contents"]) == 300
    s3.head_object(Bucket=BUCKET, Key="many/0")
    for call in (
        lambda: code_of(s3.get_object, Key="many/0"),
        lambda: code_of(s3.get_object, Key="many/0", Range="bytes=0-0"),
        lambda: code_of(s3.get_object, Key="many/0", PartNumber=1),
        lambda: code_of(s3.copy_object, Key="c", CopySource=place),
        lambda: code_of(s3.upload_part_copy, Key="p", UploadId=upload, PartNumber=1, CopySource=place),
        lambda: code_of(s3.upload_part, Key="p", UploadId=upload, PartNumber=1, Body=b"x"),
        lambda: code_of(s3.put_object, Key="n", Body=b"x", **by_kms),
    ):
        assert call() == "KMS.DisabledException"
    kms.enable_key(KeyId=arn)
    kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
    assert code_of(s3.get_object, Key="many/0") == "KMS.KMSInvalidStateException"
    kms.cancel_key_deletion(KeyId=arn)
    kms.enable_key(KeyId=arn)
    missing = arn[:-12] + "0" * 12
    assert code_of(s3.put_object, Key="n", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=missing) == "KMS.NotFoundException"
    assert code_of(s3.get_object, Key="n") == "NoSuchKey"


def reserve_contexts():
    """A requester's context never displaces the server's own pairs."""
    def context(pairs):
        return base64.b64encode(json.dumps(pairs).encode()).decode()

    own = {"team": "a", BUCKET: "theirs", "bucket": "x"}
    s3.put_object(Bucket=BUCKET, Key="c", Body=b"mine", SSEKMSEncryptionContext=context(own), **by_kms)
    assert read("c", {}) == b"mine"
    forged = {"aws:s3:arn": "arn:aws:s3:::other/other"}
    assert code_of(s3.put_object, Key="f", Body=b"x", SSEKMSEncryptionContext=context(forged), **by_kms) == "InvalidArgument"
    assert code_of(s3.get_object, Key="f") == "NoSuchKey"
    count("contexts", 2)


def push_layers():
    """As a registry does: many small parts, copies of parts, ranges over their borders, and checksums of each."""
    for name, (write, read_with) in SCHEMES.items():
        pieces = [PART[: 5 << 20], PART[: 5 << 20][::-1], b"end"]
        put_parts(f"layer-{name}", write, read_with, pieces, "SHA256")
        whole = b"".join(pieces)
        for first, last in ((0, 10), ((5 << 20) - 3, (5 << 20) + 3), (len(whole) - 5, len(whole) - 1)):
            assert read(f"layer-{name}", read_with, Range=f"bytes={first}-{last}") == whole[first : last + 1], name
        answer = s3.get_object_attributes(Bucket=BUCKET, Key=f"layer-{name}", ObjectAttributes=["ObjectParts", "Checksum"], **spelled(read_with))
        parts = answer["ObjectParts"]["Parts"]
        assert [part["Size"] for part in parts] == [5 << 20, 5 << 20, 3], name
        assert len({part["ChecksumSHA256"] for part in parts}) == 3 and "ChecksumSHA256" in answer["Checksum"], name
        assert hashlib.sha256(read(f"layer-{name}", read_with)).digest() == hashlib.sha256(whole).digest(), name
        count("layers")


GROUPS = {
    "looks": look_at_each,
    "copies": copy_each,
    "customers": rotate_customers_keys,
    "keys": ask_for_keys,
    "contexts": reserve_contexts,
    "layers": push_layers,
}
GROUPS[GROUP]()
print(json.dumps(counts))
