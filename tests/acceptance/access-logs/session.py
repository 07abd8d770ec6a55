"""Sets up access logs with boto3 and makes requests that they must tell. Usage: session.py SOURCE TARGET PREFIX

Prints JSON: what each request must look like in the log, and the secrets that must not be in it.
"""

import base64
import hashlib
import json
import os
import ssl
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

source, target, prefix = sys.argv[1:4]
CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1})
s3 = boto3.client("s3", config=CONFIG)
account = boto3.client("sts").get_caller_identity()["Account"]
context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
expected = []
secrets = [os.environ["AWS_SECRET_ACCESS_KEY"]]


def tell(operation, status, answer=None, **fields):
    request_id = fields.pop("request_id", None) or answer["ResponseMetadata"]["RequestId"]
    expected.append({"requestId": request_id, "operation": operation, "status": status, **fields})


def set_up():
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{target}/{prefix}*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{source}"},
                "StringEquals": {"aws:SourceAccount": account},
            },
        },
    }
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps(policy))
    enabled = {"TargetBucket": target, "TargetPrefix": prefix}
    s3.put_bucket_logging(Bucket=source, BucketLoggingStatus={"LoggingEnabled": enabled})
    answer = s3.get_bucket_logging(Bucket=source)
    assert answer["LoggingEnabled"] == enabled, answer
    tell("REST.GET.LOGGING_STATUS", 200, answer)


def objects():
    key = "docs/a b+\u00fc"
    encoded = urllib.parse.quote(urllib.parse.quote(key, safe="/"), safe="/")
    tell("REST.PUT.OBJECT", 200, s3.put_object(Bucket=source, Key=key, Body=b"x" * 1000), key=encoded, size="1000")
    got = s3.get_object(Bucket=source, Key=key, Range="bytes=0-99")
    got["Body"].read()
    tell("REST.GET.OBJECT", 206, got, key=encoded, size="1000", sent="100")
    tell("REST.HEAD.OBJECT", 200, s3.head_object(Bucket=source, Key=key), key=encoded, size="1000", sent="-")
    copied = s3.copy_object(Bucket=source, Key="copy", CopySource={"Bucket": source, "Key": key})
    tell("REST.COPY.OBJECT", 200, copied, key="copy")
    tell("REST.COPY.OBJECT_GET", 200, copied, key=encoded)
    tell("REST.GET.BUCKET", 200, s3.list_objects_v2(Bucket=source), key="-")
    s3.put_object(Bucket=source, Key="gone", Body=b"")
    deleted = s3.delete_objects(Bucket=source, Delete={"Objects": [{"Key": "gone"}, {"Key": "copy"}]})
    tell("REST.POST.MULTI_OBJECT_DELETE", 200, deleted, key="-")
    tell("BATCH.DELETE.OBJECT", 204, deleted, key="gone")
    tell("BATCH.DELETE.OBJECT", 204, deleted, key="copy")


def refused():
    try:
        s3.get_object(Bucket=source, Key="missing")
        raise AssertionError("a missing object was read")
    except ClientError as error:
        tell("REST.GET.OBJECT", 404, error.response, key="missing", code="NoSuchKey")
    stranger = boto3.client(
        "s3",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="not-the-secret-of-anybody-at-all",
        config=CONFIG,
    )
    try:
        stranger.get_object(Bucket=source, Key="copy")
        raise AssertionError("a stranger read an object")
    except ClientError as error:
        tell("REST.GET.OBJECT", 403, error.response, key="copy", code="InvalidAccessKeyId", requester="-")


def presigned():
    s3.put_object(Bucket=source, Key="shared", Body=b"shared")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": source, "Key": "shared"})
    secrets.append(urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["X-Amz-Signature"][0])
    # What a browser tells of the page that it was on.
    request = urllib.request.Request(url, headers={"Referer": url})
    with urllib.request.urlopen(request, context=context) as answer:
        assert answer.read() == b"shared"
        request_id = answer.headers["x-amz-request-id"]
    tell("REST.GET.OBJECT", 200, key="shared", request_id=request_id, auth="QueryString", sent="6")


def session():
    credentials = boto3.client("sts").get_session_token()["Credentials"]
    secrets.append(credentials["SessionToken"])
    with_token = boto3.client(
        "s3",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        config=CONFIG,
    )
    url = with_token.generate_presigned_url("get_object", Params={"Bucket": source, "Key": "shared"})
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)
    secrets.append(query["X-Amz-Signature"][0])
    secrets.append(urllib.parse.quote(credentials["SessionToken"], safe=""))
    with urllib.request.urlopen(url, context=context) as answer:
        request_id = answer.headers["x-amz-request-id"]
    tell("REST.GET.OBJECT", 200, key="shared", request_id=request_id, auth="QueryString")


def customer_keys():
    key = os.urandom(32)
    secrets.append(base64.b64encode(key).decode())
    secrets.append(base64.b64encode(hashlib.md5(key).digest()).decode())
    sse = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}
    tell("REST.PUT.OBJECT", 200, s3.put_object(Bucket=source, Key="own", Body=b"own", **sse), key="own", size="3")
    got = s3.get_object(Bucket=source, Key="own", **sse)
    got["Body"].read()
    tell("REST.GET.OBJECT", 200, got, key="own", sent="3")
    # A key in an address is refused, and no less a secret for it.
    url = s3.generate_presigned_url("get_object", Params={"Bucket": source, "Key": "own"})
    leaked = f"{url}&x-amz-server-side-encryption-customer-key={urllib.parse.quote(secrets[-2], safe='')}"
    secrets.append(urllib.parse.quote(secrets[-2], safe=""))
    try:
        urllib.request.urlopen(leaked, context=context)
        raise AssertionError("a key in an address was taken")
    except urllib.error.HTTPError as error:
        assert error.code == 400, error.code


set_up()
objects()
refused()
presigned()
session()
customer_keys()
print(json.dumps({"expected": expected, "secrets": secrets}))
