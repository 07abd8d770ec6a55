"""Reads the vectors of docs/format/kms-ciphertext-blob.md with nothing but that page and PyPI `cryptography`.

    python3 vectors/kms/verify.py
"""

import hmac
import json
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

HERE = pathlib.Path(__file__).parent


class Rejected(Exception):
    """Carries the clause of section 5."""


def seq(*elements):
    return b"".join(struct.pack(">I", len(e)) + e for e in elements)


def encode_context(context):
    pairs = sorted((name.encode(), value.encode()) for name, value in context.items())
    return seq(*(part for pair in pairs for part in pair))


def open_blob(case):
    blob = bytes.fromhex(case["blob"])
    if not 100 <= len(blob) <= 6144:
        raise Rejected("B-1")
    header = blob[:84]
    flags = header[3]
    for clause, good in (
        ("B-2", header[0:2] == b"SK"),
        ("B-3", header[2] == 1),
        ("B-4", flags in (0, 1)),
    ):
        if not good:
            raise Rejected(clause)
    digits = header[4:20].hex()
    plain = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    if ("mrk-" + digits if flags else plain) != case["keyId"]:
        raise Rejected("B-5")
    if struct.unpack(">I", header[20:24])[0] != case["materialNumber"]:
        raise Rejected("B-6")
    info = seq(b"strongroom kms ciphertext blob", b"key, commitment")
    derived = HKDF(SHA512(), 64, header[24:40], info).derive(bytes.fromhex(case["material"]))
    if not hmac.compare_digest(derived[32:], header[40:72]):
        raise Rejected("B-7")
    try:
        aad = seq(header, encode_context(case["context"]))
        return AESGCM(derived[:32]).decrypt(header[72:84], blob[84:], aad)
    except InvalidTag:
        raise Rejected("B-8") from None


def main():
    document = json.loads((HERE / "ciphertext-blobs.json").read_text())
    for case in document["accepted"]:
        assert open_blob(case).hex() == case["plaintext"], case["name"]
    for case in document["rejected"]:
        try:
            open_blob(case)
        except Rejected as error:
            assert str(error) == case["rejects"], (case["name"], str(error))
        else:
            raise AssertionError(case["name"])
    accepted, rejected = len(document["accepted"]), len(document["rejected"])
    assert accepted and rejected
    print(f"{accepted} opened, {rejected} rejected by the clause they name")


sys.exit(main())
