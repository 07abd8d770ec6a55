"""Drives both ports with an unmodified boto3. Usage: both-ports.py HTTPS_URL HTTP_URL; prints the counts as JSON."""

import base64
import hashlib
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

secure_url, plain_url = sys.argv[1:3]
config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
secure = boto3.client("s3", endpoint_url=secure_url, config=config)
plain = boto3.client("s3", endpoint_url=plain_url, config=config)
counts = {}


def count(what):
    counts[what] = counts.get(what, 0) + 1


def denied(why, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        answer = error.response
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 403, error
        if answer["Error"]["Code"] == "403":
            assert call.__name__.startswith("head"), error
        else:
            assert answer["Error"]["Code"] == "AccessDenied", error
            assert why in answer["Error"]["Message"], error
        count("denied")
        return
    raise AssertionError(f"{call.__name__} was allowed: {arguments}")


def allowed(call, **arguments):
    answer = call(**arguments)
    count("allowed")
    return answer


def statement(bucket, sid, action, condition):
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    return {"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resources, "Condition": condition}


def put_policy(bucket, *statements):
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    secure.put_bucket_policy(Bucket=bucket, Policy=document)


EXPLICIT = "with an explicit deny in a resource-based policy"


def only_over_tls():
    bucket = "only-over-tls"
    secure.create_bucket(Bucket=bucket)
    allowed(plain.put_object, Bucket=bucket, Key="before", Body=b"1")
    put_policy(bucket, statement(bucket, "Tls", "s3:*", {"Bool": {"aws:SecureTransport": "false"}}))
    upload = secure.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    for client, act in ((secure, allowed), (plain, lambda call, **arguments: denied(EXPLICIT, call, **arguments))):
        act(client.put_object, Bucket=bucket, Key="k", Body=os.urandom(200_000))
        act(client.get_object, Bucket=bucket, Key="before")
        act(client.head_object, Bucket=bucket, Key="before")
        act(client.list_objects_v2, Bucket=bucket)
        act(client.list_object_versions, Bucket=bucket)
        act(client.get_bucket_location, Bucket=bucket)
        act(client.get_object_tagging, Bucket=bucket, Key="before")
        act(client.copy_object, Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "before"})
        act(client.create_multipart_upload, Bucket=bucket, Key="parts")
        act(client.upload_part, Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"1")
        act(client.list_parts, Bucket=bucket, Key="parts", UploadId=upload)
        act(client.delete_object, Bucket=bucket, Key="nothing")
    batch = plain.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "before"}]})
    assert [error["Code"] for error in batch["Errors"]] == ["AccessDenied"], batch
    count("denied")
    assert secure.get_object(Bucket=bucket, Key="before")["Body"].read() == b"1"


def only_encrypted():
    bucket = "only-encrypted"
    secure.create_bucket(Bucket=bucket)
    key = "s3:x-amz-server-side-encryption"
    put_policy(
        bucket,
        statement(bucket, "Unsaid", "s3:PutObject", {"Null": {key: "true"}}),
        statement(bucket, "Other", "s3:PutObject", {"StringNotEquals": {key: ["AES256", "aws:kms"]}}),
    )
    for client in (secure, plain):
        denied(EXPLICIT, client.put_object, Bucket=bucket, Key="k", Body=b"1")
        denied(EXPLICIT, client.create_multipart_upload, Bucket=bucket, Key="k")
        denied(EXPLICIT, client.copy_object, Bucket=bucket, Key="k", CopySource={"Bucket": "only-over-tls", "Key": "before"})
        assert client.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
        put = allowed(client.put_object, Bucket=bucket, Key="k", Body=b"1", ServerSideEncryption="AES256")
        assert put["ServerSideEncryption"] == "AES256"
        # L-164: parts carry no header of their own; what the upload was created with counts.
        upload = allowed(client.create_multipart_upload, Bucket=bucket, Key="m", ServerSideEncryption="AES256")["UploadId"]
        part = allowed(client.upload_part, Bucket=bucket, Key="m", UploadId=upload, PartNumber=1, Body=b"part")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        allowed(client.complete_multipart_upload, Bucket=bucket, Key="m", UploadId=upload, MultipartUpload=parts)
        assert allowed(client.get_object, Bucket=bucket, Key="m")["Body"].read() == b"part"
        secure.delete_object(Bucket=bucket, Key="k")
        secure.delete_object(Bucket=bucket, Key="m")


def never_without_tls():
    """Keys of the customer and of KMS are refused on the plain port whatever policies say (L-168, L-169)."""
    bucket = "never-without-tls"
    secure.create_bucket(Bucket=bucket)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    secure.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    secure.put_object(Bucket=bucket, Key="k", Body=b"1")
    raw = os.urandom(32)
    customer = {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(raw).decode(),
        "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(raw).digest()).decode(),
    }
    source = {"CopySource": {"Bucket": bucket, "Key": "k"}}
    copied = {f"CopySource{name}": value for name, value in customer.items()}

    for call, arguments in (
        (plain.put_object, {"Key": "x", "Body": b"1", **customer}),
        (plain.get_object, {"Key": "k", **customer}),
        (plain.head_object, {"Key": "k", **customer}),
        (plain.copy_object, {"Key": "x", **source, **customer}),
        (plain.copy_object, {"Key": "x", **source, **copied}),
        (plain.create_multipart_upload, {"Key": "x", **customer}),
        (plain.put_object, {"Key": "x", "Body": b"1", "ServerSideEncryption": "aws:kms"}),
        (plain.create_multipart_upload, {"Key": "x", "ServerSideEncryption": "aws:kms"}),
    ):
        try:
            call(Bucket=bucket, **arguments)
        except ClientError as error:
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error
            if call.__name__ != "head_object":
                assert "secure connection" in error.response["Error"]["Message"], error
            count("refused without TLS")
            continue
        raise AssertionError(f"{call.__name__} was allowed: {sorted(arguments)}")


only_over_tls()
only_encrypted()
never_without_tls()
print(json.dumps(counts))
