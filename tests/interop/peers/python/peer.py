"""Answers one JSON line for each JSON line with Amazon's S3 Encryption Client for Python. See ../README.md."""

import hashlib
import json
import os
import sys
import time

import boto3
from botocore.config import Config
from s3_encryption import S3EncryptionClient, S3EncryptionClientConfig
from s3_encryption.materials.kms_keyring import KmsKeyring
from s3_encryption.materials.materials import AlgorithmSuite, CommitmentPolicy

PART_BYTES = 8 << 20
CONFIG = Config(s3={"addressing_style": "path"})
KMS = boto3.client("kms")
CLIENTS = {}


def client_for(request):
    """One client for each way to be set up: the encryption client hooks into the client that it is given."""
    keyring = request["keyring"]
    if keyring["kind"] != "kms":
        raise ValueError("this client has a KMS keyring only")
    commits = request["suite"] == "commit"
    setup = (keyring["keyId"], commits)
    if setup not in CLIENTS:
        config = S3EncryptionClientConfig(
            keyring=KmsKeyring(KMS, keyring["keyId"], enable_legacy_wrapping_algorithms=not commits),
            encryption_algorithm=(
                AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                if commits
                else AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF
            ),
            commitment_policy=(
                CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                if commits
                else CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
            ),
            enable_legacy_unauthenticated_modes=not commits,
        )
        CLIENTS[setup] = S3EncryptionClient(boto3.client("s3", config=CONFIG), config)
    return CLIENTS[setup]


def context_of(request):
    """Objects of the legacy KMS wrapping keep their context to themselves: a caller must not name one."""
    if request["suite"].startswith("legacy") or not request.get("context"):
        return {}
    return {"EncryptionContext": request["context"]}


def put(request):
    client = client_for(request)
    target = {"Bucket": request["bucket"], "Key": request["key"]}
    with open(request["file"], "rb") as file:
        if not request.get("multipart"):
            client.put_object(Body=file, **target, **context_of(request))
            return
        body = file.read()
    upload = client.create_multipart_upload(**target, **context_of(request))
    parts = []
    for start in range(0, len(body), PART_BYTES):
        answer = client.upload_part(
            **target,
            UploadId=upload["UploadId"],
            PartNumber=len(parts) + 1,
            Body=body[start : start + PART_BYTES],
            IsLastPart=start + PART_BYTES >= len(body),
        )
        parts.append({"PartNumber": len(parts) + 1, "ETag": answer["ETag"]})
    client.complete_multipart_upload(
        **target, UploadId=upload["UploadId"], MultipartUpload={"Parts": parts}
    )


def get(request):
    client = client_for(request)
    answer = client.get_object(Bucket=request["bucket"], Key=request["key"], **context_of(request))
    body = answer["Body"].read()
    found = {"sizeBytes": len(body)}
    if request.get("digest", True):
        found["sha256"] = hashlib.sha256(body).hexdigest()
    return found


def answer_to(request):
    answer = {"id": request["id"]}
    try:
        started = time.perf_counter()
        for _ in range(request.get("repeat", 1)):
            answer.update((put if request["op"] == "put" else get)(request) or {})
        answer.update(ok=True, elapsedMs=(time.perf_counter() - started) * 1000)
    except Exception as error:  # Whatever it is, it is this case's answer.
        answer.update(ok=False, error=f"{type(error).__name__}: {error}")
    return answer


def main():
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer_to(json.loads(line))), file=answers, flush=True)


main()
