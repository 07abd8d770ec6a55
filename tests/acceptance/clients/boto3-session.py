"""Drives the server with an unmodified boto3. Usage: boto3-session.py BUCKET KEYS_JSON [virtual]; prints the counts as JSON."""

import hashlib
import io
import json
import sys
import urllib.request
import ssl
import os
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

bucket, keys_file = sys.argv[1:3]
style = sys.argv[3] if len(sys.argv) > 3 else "path"
config = Config(s3={"addressing_style": style}, retries={"max_attempts": 1})
s3 = boto3.client("s3", config=config)
counts = {}


def checked(what, count=1):
    counts[what] = counts.get(what, 0) + count


def expect_error(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        checked("errors")
        return
    raise AssertionError(f"expected {code}")


def put_and_get():
    for size in (0, 1, 4096, 65535, 65536, 65537, 200_000):
        body = os.urandom(size)
        put = s3.put_object(
            Bucket=bucket, Key=f"size/{size}", Body=body, ContentType="text/x-test", Metadata={"colour": "blue"}
        )
        assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', put["ETag"]
        got = s3.get_object(Bucket=bucket, Key=f"size/{size}", ChecksumMode="ENABLED")
        assert got["Body"].read() == body
        assert got["ContentType"] == "text/x-test" and got["Metadata"] == {"colour": "blue"}
        checked("round trips")


def ranges():
    body = os.urandom(300_000)
    s3.put_object(Bucket=bucket, Key="ranged", Body=body)
    for text, expected in {
        "bytes=0-0": body[:1],
        "bytes=65535-65536": body[65535:65537],
        "bytes=100-": body[100:],
        "bytes=-5": body[-5:],
        "bytes=299999-400000": body[299_999:],
    }.items():
        got = s3.get_object(Bucket=bucket, Key="ranged", Range=text)
        assert got["Body"].read() == expected, text
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206
        checked("ranges")
    expect_error("InvalidRange", s3.get_object, Bucket=bucket, Key="ranged", Range="bytes=300000-")


def multipart():
    body = os.urandom(24 << 20)
    transfer = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=8 << 20, max_concurrency=3)
    s3.upload_fileobj(io.BytesIO(body), bucket, "multipart", Config=transfer)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "multipart", back, Config=transfer)
    assert hashlib.sha256(back.getvalue()).digest() == hashlib.sha256(body).digest()
    head = s3.head_object(Bucket=bucket, Key="multipart")
    assert head["ETag"].endswith('-3"') and head["ContentLength"] == len(body)
    part = s3.get_object(Bucket=bucket, Key="multipart", PartNumber=2)
    assert part["Body"].read() == body[8 << 20 : 16 << 20] and part["PartsCount"] == 3
    upload = s3.create_multipart_upload(Bucket=bucket, Key="part-copies")
    named = {"Bucket": bucket, "Key": "part-copies", "UploadId": upload["UploadId"]}
    parts = []
    for number, (start, end) in enumerate(((0, 5 << 20), (5 << 20, (5 << 20) + 1000)), 1):
        copied = s3.upload_part_copy(
            **named,
            PartNumber=number,
            CopySource={"Bucket": bucket, "Key": "multipart"},
            CopySourceRange=f"bytes={start}-{end - 1}",
        )
        parts.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
    assert len(s3.list_parts(**named)["Parts"]) == 2
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["part-copies"]
    s3.complete_multipart_upload(**named, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket=bucket, Key="part-copies")["Body"].read() == body[: (5 << 20) + 1000]
    aborted = s3.create_multipart_upload(Bucket=bucket, Key="aborted")
    s3.abort_multipart_upload(Bucket=bucket, Key="aborted", UploadId=aborted["UploadId"])
    expect_error("NoSuchUpload", s3.list_parts, Bucket=bucket, Key="aborted", UploadId=aborted["UploadId"])
    checked("multipart uploads", 3)


def odd_keys():
    with open(keys_file, encoding="utf-8") as file:
        keys = json.load(file)

    def one(item):
        index, key = item
        body = f"odd {index}".encode()
        s3.put_object(Bucket=bucket, Key="odd/" + key if len(key.encode()) < 1000 else key, Body=body)
        actual = "odd/" + key if len(key.encode()) < 1000 else key
        assert s3.get_object(Bucket=bucket, Key=actual)["Body"].read() == body, key
        return actual

    with ThreadPoolExecutor(4) as pool:
        written = set(pool.map(one, enumerate(keys)))
    listed = set()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, PaginationConfig={"PageSize": 7}):
        listed |= {entry["Key"] for entry in page.get("Contents", [])}
    assert written <= listed, written - listed
    checked("odd keys", len(written))


def copies_and_presign():
    s3.put_object(Bucket=bucket, Key="source+1 %", Body=b"copy me", Metadata={"a": "b"})
    s3.copy_object(Bucket=bucket, Key="target", CopySource={"Bucket": bucket, "Key": "source+1 %"})
    got = s3.get_object(Bucket=bucket, Key="target")
    assert got["Body"].read() == b"copy me" and got["Metadata"] == {"a": "b"}
    context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    signer = boto3.client("s3", config=Config(signature_version="s3v4", s3={"addressing_style": style}))
    url = signer.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "presigned"}, ExpiresIn=60)
    request = urllib.request.Request(url, data=b"by url", method="PUT")
    assert urllib.request.urlopen(request, context=context).status == 200
    url = signer.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "presigned"}, ExpiresIn=60)
    assert urllib.request.urlopen(url, context=context).read() == b"by url"
    checked("copies and presigned URLs", 3)


def versions_and_deletes():
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket=bucket, Key="versioned", Body=b"1")["VersionId"]
    s3.put_object(Bucket=bucket, Key="versioned", Body=b"2")
    s3.delete_object(Bucket=bucket, Key="versioned")
    expect_error("NoSuchKey", s3.get_object, Bucket=bucket, Key="versioned")
    assert s3.get_object(Bucket=bucket, Key="versioned", VersionId=first)["Body"].read() == b"1"
    s3.put_object_tagging(
        Bucket=bucket, Key="versioned", VersionId=first, Tagging={"TagSet": [{"Key": "k", "Value": "v"}]}
    )
    tags = s3.get_object_tagging(Bucket=bucket, Key="versioned", VersionId=first)
    assert tags["TagSet"] == [{"Key": "k", "Value": "v"}]
    targets = []
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, PaginationConfig={"PageSize": 5}):
        for entry in page.get("Versions", []) + page.get("DeleteMarkers", []):
            targets.append({"Key": entry["Key"], "VersionId": entry["VersionId"]})
    # Control characters are no XML 1.0 text, so a delete of many cannot name them.
    plain = [t for t in targets if all(c >= " " and c != "\x7f" for c in t["Key"])]
    deleted = s3.delete_objects(Bucket=bucket, Delete={"Objects": plain})
    assert "Errors" not in deleted, deleted["Errors"]
    assert len(deleted["Deleted"]) == len(plain)
    for target in targets:
        if target not in plain:
            s3.delete_object(Bucket=bucket, **target)
    s3.delete_bucket(Bucket=bucket)
    expect_error("NoSuchBucket", s3.list_objects_v2, Bucket=bucket)
    checked("deleted versions", len(targets))


s3.create_bucket(Bucket=bucket)
for step in (put_and_get, ranges, multipart, odd_keys, copies_and_presign, versions_and_deletes):
    step()
print(json.dumps(counts))
