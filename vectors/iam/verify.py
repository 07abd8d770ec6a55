"""Opens the vectors of docs/format/session-token.md with nothing but that page and PyPI `cryptography`.

    python3 vectors/iam/verify.py
"""

import base64
import json
import pathlib
import struct
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

LABEL = b"strongroom session token"
HERE = pathlib.Path(__file__).parent


def seq(*elements):
    return b"".join(struct.pack(">I", len(e)) + e for e in elements)


def open_token(sealing_key, access_key_id, token, dictionary):
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert raw[0] == 1 and len(raw) >= 63
    salt, sealed = raw[1:17], raw[17:]
    derived = HKDF(SHA512(), 44, salt, seq(LABEL, access_key_id)).derive(sealing_key)
    plaintext = AESGCM(derived[:32]).decrypt(derived[32:], sealed, seq(LABEL, b"1", access_key_id))
    inflate = zlib.decompressobj(-15, dictionary)
    session = inflate.decompress(plaintext[30:]) + inflate.flush()
    return base64.b64encode(plaintext[:30]).decode(), json.loads(session)


def main():
    vectors = json.loads((HERE / "session-tokens.json").read_text("utf-8"))
    key = bytes.fromhex(vectors["sealingKeyHex"])
    dictionary = vectors["dictionary"].encode()
    checked = 0
    for vector in vectors["tokens"]:
        access_key_id = vector["accessKeyId"].encode()
        secret, session = open_token(key, access_key_id, vector["token"], dictionary)
        wanted = vector["session"]
        assert secret == vector["secretAccessKey"], vector["what"]
        assert session["x"] == wanted["expiresMs"] and session["t"] == wanted["issuedMs"], vector["what"]
        assert session["h"]["a"] == wanted["holder"]["accountId"], vector["what"]
        assert session.get("p") == wanted["policyText"] and session.get("g", []) == wanted["tags"], vector["what"]
        try:
            open_token(key, access_key_id + b"2", vector["token"], dictionary)
        except InvalidTag:
            checked += 1
        else:
            raise AssertionError("a token opened for another access key id")
    assert checked == len(vectors["tokens"]) > 0
    print(f"{checked} tokens opened, and for no other access key id")


main()
