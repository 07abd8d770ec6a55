"""Answers one JSON line for each JSON line with the AWS Encryption SDK for Python. `key` is the message's file."""

import hashlib
import json
import os
import sys
import time

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy

CLIENT = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)


def provider_of(request):
    return aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[request["keyring"]["keyId"]])


def put(request):
    with open(request["file"], "rb") as plaintext, open(request["key"], "wb") as message:
        with CLIENT.stream(
            mode="e",
            source=plaintext,
            key_provider=provider_of(request),
            encryption_context=request["context"],
        ) as encryptor:
            for chunk in encryptor:
                message.write(chunk)


def get(request):
    digest = hashlib.sha256()
    size = 0
    with open(request["key"], "rb") as message:
        with CLIENT.stream(mode="d", source=message, key_provider=provider_of(request)) as decryptor:
            for chunk in decryptor:
                digest.update(chunk)
                size += len(chunk)
            found = decryptor.header.encryption_context
    for name, value in request["context"].items():
        if found.get(name) != value:
            raise ValueError(f"the message's context lacks {name}")
    return {"sizeBytes": size, "sha256": digest.hexdigest()}


def answer_to(request):
    answer = {"id": request["id"]}
    try:
        started = time.perf_counter()
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
