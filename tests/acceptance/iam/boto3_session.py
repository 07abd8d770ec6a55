"""What the sessions with an unmodified boto3 share: a client of IAM, and how refusals are expected."""

import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# What is wrong in a request is the server's to say.
config = Config(retries={"max_attempts": 1}, max_pool_connections=40, parameter_validation=False)
iam = boto3.client("iam", config=config)
account = boto3.client("sts", config=config).get_caller_identity()["Account"]
counts = {}


def checked(what, count=1):
    counts[what] = counts.get(what, 0) + count


def refused(code, call, message=None, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"wanted {code}: {found}"
        assert message is None or message in found["Message"], f"wanted {message}: {found}"
        checked("refusals")
        return
    raise AssertionError(f"expected {code}")


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, resource="*", **more):
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}],
    }
)
READ = document(allow("s3:GetObject", "arn:aws:s3:::bucket/*"))


def client_of(key):
    return lambda service: boto3.client(service, config=config, aws_access_key_id=key["AccessKeyId"],
                                        aws_secret_access_key=key["SecretAccessKey"])


def works(key):
    try:
        return client_of(key)("sts").get_caller_identity()["Arn"]
    except ClientError as error:
        return error.response["Error"]["Code"]


def attempt(call, **arguments):
    try:
        call(**arguments)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]
