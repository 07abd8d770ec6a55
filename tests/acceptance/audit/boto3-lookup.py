"""Looks up with boto3 what boto3 did: filters, pages, and what an event tells."""
import json
import boto3

counts = {}


def count(what):
    counts[what] = counts.get(what, 0) + 1


kms = boto3.client("kms")
s3 = boto3.client("s3")
trail = boto3.client("cloudtrail")

key_id = kms.create_key(Description="looked up")["KeyMetadata"]["KeyId"]
arn = kms.describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
context = {"purpose": "boto3 lookup"}
made = kms.generate_data_key(KeyId=key_id, KeySpec="AES_256", EncryptionContext=context)
request_id = made["ResponseMetadata"]["RequestId"]
kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)


def lookup(**attribute):
    [(key, value)] = attribute.items()
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": value}]
    )
    count("lookups")
    return [event for page in pages for event in page["Events"]]


events = lookup(ResourceName=arn)
names = [event["EventName"] for event in events]
assert names == ["Decrypt", "GenerateDataKey", "DescribeKey", "CreateKey"], names
event = json.loads(events[1]["CloudTrailEvent"])
assert event["eventVersion"] == "1.11", event
assert event["requestParameters"]["encryptionContext"] == context, event
assert event["requestID"] == request_id, event
assert event["userIdentity"]["type"] == "Root", event
assert event["resources"][0]["ARN"] == arn, event
assert event["sourceIPAddress"] == "127.0.0.1", event
assert "Boto3" in event["userAgent"], event
assert event["additionalEventData"]["authorization"][0]["effect"] == "Allow", event
assert lookup(EventId=events[0]["EventId"])[0]["EventName"] == "Decrypt"
assert {e["EventName"] for e in lookup(EventSource="kms.amazonaws.com")} >= {"CreateKey", "Decrypt"}
assert all(e["ReadOnly"] == "false" for e in lookup(ReadOnly="false"))
assert lookup(EventName="CreateKey")[0]["Resources"][0]["ResourceType"] == "AWS::KMS::Key"

# A refusal tells its code and the key.
kms.disable_key(KeyId=key_id)
try:
    kms.generate_data_key(KeyId=key_id, KeySpec="AES_256")
    raise SystemExit("a disabled key was used")
except kms.exceptions.DisabledException:
    pass
refused = json.loads(lookup(ResourceName=key_id)[0]["CloudTrailEvent"])
assert refused["errorCode"] == "DisabledException" and arn in refused["errorMessage"], refused

# Pages of two are the same list.
paged, token = [], None
while True:
    more = {"NextToken": token} if token else {}
    page = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": arn}], MaxResults=2, **more
    )
    assert len(page["Events"]) <= 2
    paged += [event["EventId"] for event in page["Events"]]
    token = page.get("NextToken")
    count("pages")
    if not token:
        break
assert paged == [event["EventId"] for event in lookup(ResourceName=arn)], paged

# Data events: only of what was selected.
s3.create_bucket(Bucket="audited")
s3.put_object(Bucket="audited", Key="before", Body=b"x")
trail.put_event_selectors(
    TrailName="strongroom",
    EventSelectors=[
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::audited/"]}],
        }
    ],
)
s3.put_object(Bucket="audited", Key="after", Body=b"x", ServerSideEncryption="AES256")
s3.get_object(Bucket="audited", Key="after")
selected = trail.get_event_selectors(TrailName="strongroom")["EventSelectors"]
assert selected[0]["DataResources"][0]["Values"] == ["arn:aws:s3:::audited/"], selected
of_bucket = lookup(ResourceName="audited")
assert [e["EventName"] for e in of_bucket] == ["GetObject", "PutObject", "CreateBucket"], of_bucket
put = json.loads(of_bucket[1]["CloudTrailEvent"])
assert put["eventCategory"] == "Data" and put["managementEvent"] is False, put
assert put["requestParameters"]["key"] == "after", put
assert put["requestParameters"]["x-amz-server-side-encryption"] == "AES256", put

# SSE-KMS: the key's event names the object, and the service that asked.
second = kms.create_key()["KeyMetadata"]["KeyId"]
s3.put_object(Bucket="audited", Key="sealed", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=second)
by_s3 = json.loads(lookup(ResourceName=second)[0]["CloudTrailEvent"])
assert by_s3["eventName"] == "GenerateDataKey", by_s3
assert by_s3["userIdentity"]["invokedBy"] == "s3.amazonaws.com", by_s3
assert by_s3["requestParameters"]["encryptionContext"]["aws:s3:arn"] == "arn:aws:s3:::audited/sealed", by_s3

iam = boto3.client("iam")
iam.create_user(UserName="watched")
iam.put_user_policy(
    UserName="watched",
    PolicyName="looks",
    PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:ListKeys", "Resource": "*"}]}
    ),
)
access = iam.create_access_key(UserName="watched")["AccessKey"]
made = json.loads(lookup(EventName="CreateAccessKey")[0]["CloudTrailEvent"])
assert made["requestParameters"] == {"userName": "watched"}, made
assert made["responseElements"]["accessKeyId"] == access["AccessKeyId"], made
user = boto3.Session(
    aws_access_key_id=access["AccessKeyId"], aws_secret_access_key=access["SecretAccessKey"]
)
user.client("kms").list_keys()
by_user = json.loads(lookup(AccessKeyId=access["AccessKeyId"])[0]["CloudTrailEvent"])
assert by_user["userIdentity"]["userName"] == "watched", by_user
assert by_user["additionalEventData"]["authorization"][0]["policyName"] == "looks", by_user
try:
    user.client("cloudtrail").lookup_events()
    raise SystemExit("a stranger looked")
except Exception as error:
    assert "AccessDeniedException" in str(error), error
iam.put_user_policy(
    UserName="watched",
    PolicyName="reads",
    PolicyDocument=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Sid": "Objects", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::audited/*"},
                {"Sid": "Keys", "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"},
            ],
        }
    ),
)
iam.create_user(UserName="outsider")
user.client("s3").get_object(Bucket="audited", Key="sealed")["Body"].read()
session = boto3.client("sts").get_session_token()["Credentials"]
assert session["SessionToken"] not in json.dumps([e["CloudTrailEvent"] for e in lookup(EventSource="sts.amazonaws.com")])
assert lookup(EventName="GetSessionToken")

assert trail.describe_trails()["trailList"][0]["LogFileValidationEnabled"] is True
assert trail.get_trail_status(Name="strongroom")["IsLogging"] is True
assert len(trail.list_public_keys()["PublicKeyList"]) == 1
try:
    trail.delete_trail(Name="strongroom")
    raise SystemExit("the trail was deleted")
except Exception as error:
    assert "UnsupportedOperationException" in str(error), error
everything = trail.lookup_events(MaxResults=50)["Events"]
text = json.dumps(everything, default=str)
for secret in (access["SecretAccessKey"], session["SecretAccessKey"], session["SessionToken"]):
    assert secret not in text
count("scripts")
print(json.dumps(counts))
