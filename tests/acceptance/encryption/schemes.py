"""Every scheme on every way to write, copy and read, as boto3 does it. Prints what it counted as JSON."""
import json
import os
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

BUCKET = sys.argv[1]
counts = {"objects read back": 0, "ranges": 0, "copies": 0, "refusals": 0}
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}))
kms = boto3.client("kms")


def refused(status, code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        answer = error.response
        got = (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"])
        assert got == (status, code), (got, answer["Error"].get("Message"), parameters.get("Key"))
        counts["refusals"] += 1
        return
    raise AssertionError(f"not refused: {parameters.get('Key')}")


def read_back(key, body, **secret):
    answer = s3.get_object(Bucket=BUCKET, Key=key, **secret)
    assert answer["Body"].read() == body, key
    counts["objects read back"] += 1
    for first, last in ((0, 0), (65530, 65545), (len(body) - 1, len(body) - 1), (65536, len(body) - 1)):
        if not 0 <= first <= last < len(body):
            continue
        part = s3.get_object(Bucket=BUCKET, Key=key, Range=f"bytes={first}-{last}", **secret)
        assert part["Body"].read() == body[first : last + 1], (key, first, last)
        counts["ranges"] += 1
    return answer


s3.create_bucket(Bucket=BUCKET)
customer_key = os.urandom(32)
customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": customer_key}
refused(403, "AccessDenied", s3.put_object, Bucket=BUCKET, Key="blocked", Body=b"x", **customer)
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]}}
s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})

arn = kms.create_key()["KeyMetadata"]["Arn"]
kms.create_alias(AliasName=f"alias/{BUCKET}", TargetKeyId=arn)
by_kms = {"ServerSideEncryption": "aws:kms"}
schemes = {
    "s3": ({}, {}, "AES256"),
    "kms": ({**by_kms, "SSEKMSKeyId": f"alias/{BUCKET}"}, {}, "aws:kms"),
    "kms-managed": (by_kms, {}, "aws:kms"),
    "kms-bucket-key": ({**by_kms, "SSEKMSKeyId": arn, "BucketKeyEnabled": True}, {}, "aws:kms"),
    "dsse": ({"ServerSideEncryption": "aws:kms:dsse", "SSEKMSKeyId": arn.split("/")[1]}, {}, "aws:kms:dsse"),
    "customer": (customer, customer, None),
}
bodies = {0: b"", 1: b"x", 65535: os.urandom(65535), 65537: os.urandom(65537), 1048577: os.urandom(1048577)}
large = bodies[1048577]
for name, (write, secret, told) in schemes.items():
    for size, body in bodies.items():
        key = f"{name}/{size}"
        written = s3.put_object(Bucket=BUCKET, Key=key, Body=body, **write)
        answer = read_back(key, body, **secret)
        head = s3.head_object(Bucket=BUCKET, Key=key, **secret)
        for each in (written, answer, head):
            assert each.get("ServerSideEncryption") == told, (key, each.get("ServerSideEncryption"))
            assert each.get("BucketKeyEnabled", False) is (name == "kms-bucket-key"), key
            if told not in (None, "AES256"):
                assert each["SSEKMSKeyId"].startswith("arn:aws:kms:"), key
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key=f"{name}/parts", **write)["UploadId"]
    parts = []
    for number, body in enumerate((large * 6, b"tail"), 1):
        answer = s3.upload_part(Bucket=BUCKET, Key=f"{name}/parts", UploadId=upload, PartNumber=number, Body=body, **secret)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    s3.complete_multipart_upload(Bucket=BUCKET, Key=f"{name}/parts", UploadId=upload, MultipartUpload={"Parts": parts})
    read_back(f"{name}/parts", large * 6 + b"tail", **secret)

copy_secret = {"CopySourceSSECustomerAlgorithm": "AES256", "CopySourceSSECustomerKey": customer_key}
for source in schemes:
    opened = copy_secret if source == "customer" else {}
    for target, (write, secret, _) in schemes.items():
        for size in (0, 1, 65537):
            place = {"Bucket": BUCKET, "Key": f"{source}/{size}"}
            s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=place, **opened, **write)
            assert s3.get_object(Bucket=BUCKET, Key="copy", **secret)["Body"].read() == bodies[size], (source, target)
            counts["copies"] += 1
        upload = s3.create_multipart_upload(Bucket=BUCKET, Key="part-copy", **write)["UploadId"]
        place = {"Bucket": BUCKET, "Key": f"{source}/1048577"}
        answer = s3.upload_part_copy(
            Bucket=BUCKET, Key="part-copy", UploadId=upload, PartNumber=1, CopySource=place, CopySourceRange="bytes=5-70000", **opened, **secret
        )
        part = [{"PartNumber": 1, "ETag": answer["CopyPartResult"]["ETag"]}]
        s3.complete_multipart_upload(Bucket=BUCKET, Key="part-copy", UploadId=upload, MultipartUpload={"Parts": part})
        assert s3.get_object(Bucket=BUCKET, Key="part-copy", **secret)["Body"].read() == large[5:70001], (source, target)
        counts["copies"] += 1

other = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": os.urandom(32)}
for size in (0, 1048577):
    key = f"customer/{size}"
    refused(400, "InvalidRequest", s3.get_object, Bucket=BUCKET, Key=key)
    refused(403, "AccessDenied", s3.get_object, Bucket=BUCKET, Key=key, **other)
    refused(400, "400", s3.head_object, Bucket=BUCKET, Key=key)
    refused(403, "403", s3.head_object, Bucket=BUCKET, Key=key, **other)
    refused(400, "InvalidRequest", s3.copy_object, Bucket=BUCKET, Key="copy", CopySource={"Bucket": BUCKET, "Key": key})
refused(400, "InvalidRequest", s3.get_object, Bucket=BUCKET, Key="s3/1", **customer)
for value in ("fake-key-id", arn[:-1] + ("0" if arn[-1] != "0" else "1")):
    refused(400, "KMS.NotFoundException", s3.put_object, Bucket=BUCKET, Key="never", Body=b"x", **by_kms, SSEKMSKeyId=value)
refused(404, "NoSuchKey", s3.get_object, Bucket=BUCKET, Key="never")

before = s3.get_object(Bucket=BUCKET, Key="s3/65537")
for flag in (False, True):
    s3.update_object_encryption(Bucket=BUCKET, Key="s3/65537", ObjectEncryption={"SSEKMS": {"KMSKeyArn": arn, "BucketKeyEnabled": flag}})
    after = read_back("s3/65537", bodies[65537])
    assert after["ETag"] == before["ETag"] and after["LastModified"] == before["LastModified"]
    assert after["ServerSideEncryption"] == "aws:kms" and after.get("BucketKeyEnabled", False) is flag

kms.disable_key(KeyId=arn)
for key in ("kms/1", "kms-bucket-key/1", "dsse/1", "kms/parts", "s3/65537"):
    refused(400, "KMS.DisabledException", s3.get_object, Bucket=BUCKET, Key=key)
    s3.head_object(Bucket=BUCKET, Key=key)
refused(400, "KMS.DisabledException", s3.put_object, Bucket=BUCKET, Key="never", Body=b"x", **by_kms, SSEKMSKeyId=arn)
s3.list_objects_v2(Bucket=BUCKET)
read_back("s3/1", b"x")
kms.enable_key(KeyId=arn)
read_back("kms/1", b"x")
kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=7)
refused(400, "KMS.KMSInvalidStateException", s3.get_object, Bucket=BUCKET, Key="kms/1")
print(json.dumps(counts))
