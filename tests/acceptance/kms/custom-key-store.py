"""A custom key store with boto3, from its making to objects under its keys. Usage: custom-key-store.py CLUSTER PIN

Prints JSON: the store, a key in it, and how many checks held.
"""

import json
import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

cluster, pin = sys.argv[1:3]
CONFIG = Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1})
kms = boto3.client("kms", config=CONFIG)
s3 = boto3.client("s3", config=CONFIG)
BUCKET = "under-hsm"
checks = 0


def check(holds, what):
    global checks
    assert holds, what
    checks += 1


def refused(code, call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        check(error.response["Error"]["Code"] == code, error.response)
        return error.response["Error"]["Message"]
    raise AssertionError(f"{code} was expected")


def settled(store):
    for _ in range(100):
        (found,) = kms.describe_custom_key_stores(CustomKeyStoreId=store)["CustomKeyStores"]
        if found["ConnectionState"] not in ("CONNECTING", "DISCONNECTING"):
            return found
        time.sleep(0.1)
    raise AssertionError("it is still connecting")


def connect(store):
    kms.connect_custom_key_store(CustomKeyStoreId=store)
    return settled(store)


refused(
    "CloudHsmClusterNotFoundException",
    kms.create_custom_key_store,
    CustomKeyStoreName="other",
    CloudHsmClusterId="cluster-zzzzzzzzzzz",
    KeyStorePassword=pin,
    TrustAnchorCertificate="none",
)
store = kms.create_custom_key_store(
    CustomKeyStoreName="vault",
    CloudHsmClusterId=cluster,
    KeyStorePassword="wrong-4711",
    TrustAnchorCertificate="none",
)["CustomKeyStoreId"]
check(settled(store)["ConnectionState"] == "DISCONNECTED", "a new store is not connected")
failed = connect(store)
check(failed["ConnectionState"] == "FAILED", failed)
check(failed["ConnectionErrorCode"] == "INVALID_CREDENTIALS", failed)
kms.disconnect_custom_key_store(CustomKeyStoreId=store)
kms.update_custom_key_store(CustomKeyStoreId=store, KeyStorePassword=pin, NewCustomKeyStoreName="the vault")
connected = connect(store)
check(connected["ConnectionState"] == "CONNECTED", connected)
check(connected["CustomKeyStoreName"] == "the vault", connected)

metadata = kms.create_key(Origin="AWS_CLOUDHSM", CustomKeyStoreId=store, Description="in the device")["KeyMetadata"]
key = metadata["Arn"]
check(metadata["CustomKeyStoreId"] == store and metadata["CloudHsmClusterId"] == cluster, metadata)
check(metadata["Origin"] == "AWS_CLOUDHSM" and metadata["KeyState"] == "Enabled", metadata)
made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"a": "b"})
opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
check(opened["Plaintext"] == made["Plaintext"], "a data key opens")
refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=made["CiphertextBlob"])
check(len(kms.generate_random(NumberOfBytes=64, CustomKeyStoreId=store)["Plaintext"]) == 64, "random bytes")
refused("UnsupportedOperationException", kms.enable_key_rotation, KeyId=key)

s3.create_bucket(Bucket=BUCKET)
rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
body = bytes(range(256)) * 1024
s3.put_object(Bucket=BUCKET, Key="by default", Body=body)
s3.put_object(Bucket=BUCKET, Key="twice", Body=body, ServerSideEncryption="aws:kms:dsse", SSEKMSKeyId=key)
upload = s3.create_multipart_upload(Bucket=BUCKET, Key="in parts")["UploadId"]
part = s3.upload_part(Bucket=BUCKET, Key="in parts", UploadId=upload, PartNumber=1, Body=body)
parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
s3.complete_multipart_upload(Bucket=BUCKET, Key="in parts", UploadId=upload, MultipartUpload=parts)
NAMES = ("by default", "twice", "in parts")
for name in NAMES:
    got = s3.get_object(Bucket=BUCKET, Key=name)
    check(got["Body"].read() == body and got["SSEKMSKeyId"] == key, name)

refused("CustomKeyStoreInvalidStateException", kms.delete_custom_key_store, CustomKeyStoreId=store)
kms.disconnect_custom_key_store(CustomKeyStoreId=store)
check(kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Unavailable", "no key without its store")
refused("KMSInvalidStateException", kms.generate_data_key, KeyId=key, KeySpec="AES_256")
for name in NAMES:
    refused("KMS.KMSInvalidStateException", s3.get_object, Bucket=BUCKET, Key=name)
    check(s3.head_object(Bucket=BUCKET, Key=name)["ContentLength"] == len(body), "HEAD needs no key")
refused("KMS.KMSInvalidStateException", s3.put_object, Bucket=BUCKET, Key="new", Body=b"x")
refused("CustomKeyStoreHasCMKsException", kms.delete_custom_key_store, CustomKeyStoreId=store)
check(connect(store)["ConnectionState"] == "CONNECTED", "it is connected again")
for name in NAMES:
    check(s3.get_object(Bucket=BUCKET, Key=name)["Body"].read() == body, name)
print(json.dumps({"store": store, "keyId": metadata["KeyId"], "checks": checks}))
