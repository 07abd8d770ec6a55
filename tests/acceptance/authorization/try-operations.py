"""Tries every case as a user that may only read BUCKET/reports/*, and with exactly the rights a case needs and each
of them missing. Usage: try-operations.py BUCKET CASES_JSON; prints one JSON line a case."""

import json
import os
import sys

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError

from calls import CALLS

bucket, cases_file = sys.argv[1:3]
config = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
root = boto3.client("s3", config=config)
http = urllib3.PoolManager(ca_certs=os.environ["AWS_CA_BUNDLE"])
iam = boto3.client("iam", config=config)
kms = boto3.client("kms", config=config)


def client_of(prefix):
    return boto3.client(
        "s3",
        config=config,
        aws_access_key_id=os.environ[f"{prefix}_KEY_ID"],
        aws_secret_access_key=os.environ[f"{prefix}_SECRET"],
    )


class World:
    """What calls work on; made anew where a call uses it up."""

    bucket = bucket
    source = f"{bucket}-source"
    key = "reports/a"

    def __init__(self):
        self.made = 0
        self.kms_key = None
        for name in (self.bucket, self.source):
            root.create_bucket(Bucket=name, ObjectOwnership="ObjectWriter")
            root.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        root.put_object(Bucket=self.source, Key="source", Body=b"source")
        self.tagged_version = root.put_object(
            Bucket=self.source, Key="tagged", Body=b"tagged", Tagging="team=a"
        )["VersionId"]
        self.plain_version = root.list_object_versions(Bucket=self.source, Prefix="source")["Versions"][0]["VersionId"]
        self.owner_id = root.get_bucket_acl(Bucket=self.bucket)["Owner"]["ID"]
        self.case = ""

    def reset(self, case):
        """Every try finds an object that is there, and a bucket with a policy that changes nothing."""
        self.case = case
        root.put_bucket_ownership_controls(
            Bucket=self.bucket, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        )
        root.put_bucket_policy(Bucket=self.bucket, Policy=self.harmless_policy())
        written = root.put_object(Bucket=self.bucket, Key=self.key, Body=b"report")
        self.newest = written["VersionId"], written["ETag"]

    def version(self):
        return self.newest[0]

    def etag(self):
        return self.newest[1]

    def source_version(self):
        return self.tagged_version if "tagged" in self.case else self.plain_version

    def harmless_policy(self):
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:GetObject",
                        "Resource": f"arn:aws:s3:::{self.bucket}/nothing",
                    }
                ],
            }
        )

    def new_bucket_name(self):
        self.made += 1
        return f"{self.bucket}-new-{self.made}"

    def spare_bucket(self):
        name = self.new_bucket_name()
        root.create_bucket(Bucket=name)
        return name

    def upload(self):
        return root.create_multipart_upload(Bucket=self.bucket, Key=self.key)["UploadId"]

    def upload_with_part(self):
        upload = self.upload()
        part = root.upload_part(Bucket=self.bucket, Key=self.key, UploadId=upload, PartNumber=1, Body=b"part")
        return upload, [{"PartNumber": 1, "ETag": part["ETag"]}]

    def key_for_everybody(self):
        """A key of the key service that its policy gives to whoever asks: only rights in S3 are tried here."""
        statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        if self.kms_key is None:
            self.kms_key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
        return self.kms_key

    def post_form(self, url, fields):
        answer = http.request("POST", url, fields=fields)
        if answer.status == 403:
            error = {"Code": "AccessDenied", "Message": answer.data.decode()}
            raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}, "PostObject")

    def per_key_error(self, error):
        return ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 200}}, "DeleteObjects")


world = World()


def attempt(s3, case):
    world.reset(case)
    try:
        CALLS[case](s3, world)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        # An answer to HEAD has no document.
        if code in ("AccessDenied", "403"):
            return "denied"
        if code in ("AccountProblem", "InternalError", "500"):
            raise
    return "allowed"


def resource_of(kind):
    name, _, key = kind.partition("/")
    names = {
        "bucket": f"arn:aws:s3:::{world.bucket}",
        "object": f"arn:aws:s3:::{world.bucket}/{world.key}",
        "source": f"arn:aws:s3:::{world.source}/*",
        "new": f"arn:aws:s3:::{world.bucket}-new-*",
        "account": "*",
    }
    return names[name]


def grant(user, rights):
    statements = [
        {"Effect": "Allow", "Action": right["action"], "Resource": resource_of(right["on"])} for right in rights
    ]
    # A policy cannot be empty; this one allows nothing here.
    nothing = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::nowhere/nothing"}
    document = {"Version": "2012-10-17", "Statement": [*statements, nothing]}
    iam.put_user_policy(UserName=user, PolicyName="tried", PolicyDocument=json.dumps(document))


with open(cases_file) as file:
    cases = json.load(file)
missing = {case["name"] for case in cases} ^ set(CALLS)
if missing:
    raise SystemExit(f"cases and calls differ: {sorted(missing)}")

reader = client_of("READER")
tried = client_of("TRIED")
for case in cases:
    name, rights = case["name"], case["needs"]
    result = {"name": name, "reader": attempt(reader, name)}
    result["without"] = {}
    for at, right in enumerate(rights):
        grant("tried", [other for other in rights if other is not right])
        result["without"][f"{right['action']} on {right['on']}"] = attempt(tried, name)
    grant("tried", rights)
    result["exactly"] = attempt(tried, name)
    print(json.dumps(result), flush=True)
