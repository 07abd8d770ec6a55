"""Reads the vectors of docs/format/sealed-object.md with nothing but that page and PyPI `cryptography`.

    python3 vectors/envelope/verify.py
"""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CHUNK, TAG, HEADER = 65536, 16, 72
HERE = pathlib.Path(__file__).parent


class Rejected(Exception):
    """Carries the clause of section 8."""


def seq(*elements):
    return b"".join(struct.pack(">I", len(e)) + e for e in elements)


def chunks_of(size):
    return max(1, -(-size // CHUNK))


def sealed_size(size):
    return HEADER + size + TAG * chunks_of(size)


def plaintext_size(size):
    body = size - HEADER
    count = -(-body // (CHUNK + TAG))
    final = body - (CHUNK + TAG) * (count - 1) - TAG
    if body < TAG or final < 0 or (final == 0 and count > 1):
        raise Rejected("R-13")
    return body - TAG * count


def derive(data_key, header):
    info = seq(b"strongroom sealed object", header[0:8], b"payload key, commitment")
    out = HKDF(SHA512(), 64, header[8:40], info).derive(data_key)
    return out[:32], out[32:]


def open_object(data_key, sealed, stated_size):
    header = sealed[:HEADER]
    if len(data_key) != 32:
        raise Rejected("R-14")
    if len(header) < HEADER:
        raise Rejected("R-1")
    for clause, good in (
        ("R-2", header[0:4] == b"SRSO"),
        ("R-3", header[4] == 1),
        ("R-4", header[5:7] == b"\x00\x01"),
        ("R-5", header[7] == 16),
    ):
        if not good:
            raise Rejected(clause)
    payload_key, commitment = derive(data_key, header)
    if not hmac.compare_digest(commitment, header[40:72]):
        raise Rejected("R-6")
    if len(sealed) != sealed_size(stated_size) or plaintext_size(len(sealed)) != stated_size:
        raise Rejected("R-13")
    count, plaintext = chunks_of(stated_size), b""
    for i in range(count):
        start = HEADER + i * (CHUNK + TAG)
        nonce = bytes(7) + struct.pack(">IB", i, i == count - 1)
        try:
            plaintext += AESGCM(payload_key).decrypt(nonce, sealed[start : start + CHUNK + TAG], header)
        except InvalidTag:
            raise Rejected("R-7") from None
    return plaintext


def seal_object(data_key, header, plaintext):
    payload_key, _ = derive(data_key, header)
    out, count = header, chunks_of(len(plaintext))
    for i in range(count):
        nonce = bytes(7) + struct.pack(">IB", i, i == count - 1)
        out += AESGCM(payload_key).encrypt(nonce, plaintext[i * CHUNK : (i + 1) * CHUNK], header)
    return out


def unwrap(master_key, known_version, blob, context):
    if len(blob) != 85:
        raise Rejected("R-15")
    if struct.unpack(">I", blob[1:5])[0] != known_version:
        raise Rejected("R-16")
    if not context:
        raise Rejected("R-18")
    pairs = sorted((n.encode(), v.encode()) for n, v in context.items())
    aad = seq(blob[:37], seq(*(part for pair in pairs for part in pair)))
    fixed = b"\x00\x00\x00\x01strongroom data key wrap\x00" + blob[5:37] + b"\x00\x00\x01\x00"
    key = hmac.new(master_key, fixed, hashlib.sha256).digest()
    try:
        return AESGCM(key).decrypt(bytes(12), blob[37:], aad)
    except InvalidTag:
        raise Rejected("R-17") from None


def sample(size):
    return bytes((7 * i + i // 256) % 256 for i in range(size))


checked = 0


def check(what, good):
    global checked
    checked += 1
    if not good:
        sys.exit(f"FAILED: {what}")


def check_rejected(case, read):
    try:
        read()
    except Rejected as rejected:
        check(f"{case['name']}: {rejected}, expected {case['rejects']}", str(rejected) == case["rejects"])
    else:
        sys.exit(f"FAILED: {case['name']} was accepted")


objects = json.loads((HERE / "sealed-objects.json").read_text())
by_name = {}
for case in objects["accepted"]:
    key, header, plaintext = (
        bytes.fromhex(case["dataKey"]),
        bytes.fromhex(case["header"]),
        sample(case["plaintextSizeBytes"]),
    )
    sealed = seal_object(key, header, plaintext)
    by_name[case["name"]] = (key, sealed)
    check(case["name"] + ": size", len(sealed) == case["sealedSizeBytes"] == sealed_size(len(plaintext)))
    check(case["name"] + ": digest", hashlib.sha256(sealed).hexdigest() == case["sealedSha256"])
    check(case["name"] + ": bytes", case.get("sealed", sealed.hex()) == sealed.hex())
    check(case["name"] + ": opens", open_object(key, sealed, len(plaintext)) == plaintext)
for case in objects["rejected"]:
    check_rejected(
        case,
        lambda: open_object(bytes.fromhex(case["dataKey"]), bytes.fromhex(case["sealed"]), case["plaintextSizeBytes"]),
    )
for case in objects["splices"]:
    key, sealed = by_name[case["of"]]
    size = case["sealedChunkSizeBytes"]
    body = sealed[HEADER:]
    parts = [body[i * size : (i + 1) * size] for i in range(-(-len(body) // size))]
    if "firstFrom" in case:
        parts[0] = by_name[case["firstFrom"]][1][HEADER : HEADER + size]
    spliced = sealed[:HEADER] + b"".join(parts[i] for i in case["chunks"])
    check_rejected(case, lambda: open_object(key, spliced, case.get("plaintextSizeBytes", 200000)))

keys = json.loads((HERE / "wrapped-keys.json").read_text())
master_key = bytes.fromhex(keys["masterKey"])
for case in keys["accepted"]:
    opened = unwrap(master_key, case["masterKeyVersion"], bytes.fromhex(case["wrapped"]), case["context"])
    check("wrapped key", opened.hex() == case["dataKey"])
for case in keys["rejected"]:
    check_rejected(case, lambda: unwrap(master_key, 7, bytes.fromhex(case["wrapped"]), case["context"]))

if checked == 0:
    sys.exit("FAILED: nothing was checked")
print(f"{checked} checks passed")
