"""Temporary credentials with an unmodified boto3. Usage: boto3-sessions.py ROLE_ARN; prints the counts as JSON."""

import json
import os
import ssl
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

role_arn = sys.argv[1]
config = Config(retries={"max_attempts": 1})
s3_config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"})
sts = boto3.client("sts", config=config)
counts = {}


def checked(what, count=1):
    counts[what] = counts.get(what, 0) + count


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        checked("refusals")
        return
    raise AssertionError(f"expected {code}")


def session(credentials):
    return boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


policy = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::vault/reports/*"}],
    }
)
answer = sts.assume_role(RoleArn=role_arn, RoleSessionName="boto3", Policy=policy, DurationSeconds=900)
assert answer["AssumedRoleUser"]["Arn"].endswith(":assumed-role/worker/boto3"), answer
narrow = session(answer["Credentials"])
assert narrow.client("sts", config=config).get_caller_identity()["Arn"] == answer["AssumedRoleUser"]["Arn"]
checked("identities")
s3 = narrow.client("s3", config=s3_config)
assert s3.get_object(Bucket="vault", Key="reports/a")["Body"].read() == b"reports/a"
refused("AccessDenied", s3.get_object, Bucket="vault", Key="other/a")
refused("AccessDenied", s3.put_object, Bucket="vault", Key="reports/a", Body=b"")
wide = session(sts.assume_role(RoleArn=role_arn, RoleSessionName="boto3")["Credentials"])
wide.client("s3", config=s3_config).put_object(Bucket="vault", Key="boto3", Body=b"x")
checked("sessions", 2)


def post_form(session, key):
    """The status of a browser's form upload that a session signed."""
    form = session.client("s3", config=s3_config).generate_presigned_post("vault", key, ExpiresIn=60)
    boundary = "form-of-the-suite"
    lines = []
    for name, value in form["fields"].items():
        lines += [f"--{boundary}", f'Content-Disposition: form-data; name="{name}"', "", value]
    lines += [f"--{boundary}", 'Content-Disposition: form-data; name="file"; filename="f"', "", "form", f"--{boundary}--", ""]
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(form["url"], data="\r\n".join(lines).encode(), headers=headers, method="POST")
    context = ssl.create_default_context(cafile=os.environ["AWS_CA_BUNDLE"])
    try:
        return urllib.request.urlopen(request, context=context).status
    except urllib.error.HTTPError as error:
        return error.code


assert post_form(wide, "form") == 204
assert post_form(narrow, "form") == 403
assert wide.client("s3", config=s3_config).get_object(Bucket="vault", Key="form")["Body"].read() == b"form"
checked("forms", 2)
refused("ValidationError", sts.assume_role, RoleArn=role_arn, RoleSessionName="boto3", DurationSeconds=43200)
refused("MalformedPolicyDocument", sts.assume_role, RoleArn=role_arn, RoleSessionName="boto3", Policy="{}")
refused("AccessDenied", sts.assume_role, RoleArn=role_arn + "-not", RoleSessionName="boto3")
print(json.dumps(counts))
