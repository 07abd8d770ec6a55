"""Keys, who may use them and how, asked with an unmodified boto3; prints counts as JSON."""

import hashlib
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

config = Config(retries={"max_attempts": 1}, max_pool_connections=40)
kms = boto3.client("kms", config=config)
iam = boto3.client("iam", config=config)
account = boto3.client("sts", config=config).get_caller_identity()["Account"]
counts = {}


def checked(what, count=1):
    counts[what] = counts.get(what, 0) + count


def refused(code, call, message=None, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"wanted {code}: {found}"
        assert message is None or message in found["Message"], f"wanted {message}: {found}"
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        checked("refusals")
        return
    raise AssertionError(f"expected {code}")


def user(name, *statements):
    """A client of the key service for a new user with these rights."""
    iam.create_user(UserName=name)
    if statements:
        document = {"Version": "2012-10-17", "Statement": list(statements)}
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    checked("users")
    return boto3.client(
        "kms",
        config=config,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def policy(*statements):
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [root, *statements]})


def to(name, *actions):
    principal = {"AWS": f"arn:aws:iam::{account}:user/{name}"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*"}


def two_users():
    """A key administrator who cannot decrypt, and a data user who cannot administer."""
    admin, reader = user("key-admin"), user("data-user")
    key = kms.create_key(
        Description="of two",
        Policy=policy(
            to("key-admin", "kms:Describe*", "kms:Enable*", "kms:Disable*", "kms:Put*", "kms:Get*", "kms:List*"),
            to("data-user", "kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"),
        ),
    )["KeyMetadata"]
    arn = key["Arn"]
    sealed = reader.encrypt(KeyId=arn, Plaintext=b"secret", EncryptionContext={"of": "two"})["CiphertextBlob"]
    context = {"EncryptionContext": {"of": "two"}}
    assert reader.decrypt(CiphertextBlob=sealed, **context)["Plaintext"] == b"secret"
    refused("AccessDeniedException", admin.decrypt, "The ciphertext refers to", CiphertextBlob=sealed, **context)
    refused("AccessDeniedException", admin.encrypt, "because no identity-based policy allows the kms:Encrypt action", KeyId=arn, Plaintext=b"x")
    refused("AccessDeniedException", reader.disable_key, "is not authorized to perform: kms:DisableKey", KeyId=arn)
    refused("AccessDeniedException", reader.get_key_policy, KeyId=arn)
    admin.disable_key(KeyId=arn)
    refused("DisabledException", reader.decrypt, f"{arn} is disabled.", CiphertextBlob=sealed, **context)
    admin.enable_key(KeyId=arn)
    assert reader.decrypt(CiphertextBlob=sealed, **context)["Plaintext"] == b"secret"
    kms.put_key_policy(KeyId=arn, Policy=policy())
    refused("AccessDeniedException", reader.decrypt, CiphertextBlob=sealed, **context)
    return key["KeyId"]


def grants(key_id):
    holder = user("holder")
    arn = f"arn:aws:iam::{account}:user/holder"
    refused("AccessDeniedException", holder.generate_data_key, KeyId=key_id, KeySpec="AES_256")
    grant = kms.create_grant(
        KeyId=key_id,
        GranteePrincipal=arn,
        RetiringPrincipal=arn,
        Operations=["GenerateDataKey", "Decrypt"],
        Constraints={"EncryptionContextSubset": {"team": "red"}},
    )
    context = {"EncryptionContext": {"team": "red", "more": "x"}}
    made = holder.generate_data_key(KeyId=key_id, KeySpec="AES_256", GrantTokens=[grant["GrantToken"]], **context)
    assert holder.decrypt(CiphertextBlob=made["CiphertextBlob"], **context)["Plaintext"] == made["Plaintext"]
    refused("AccessDeniedException", holder.generate_data_key, KeyId=key_id, KeySpec="AES_256", EncryptionContext={"team": "blue"})
    assert [each["GrantId"] for each in kms.list_grants(KeyId=key_id)["Grants"]] == [grant["GrantId"]]
    holder.retire_grant(GrantToken=grant["GrantToken"])
    refused("AccessDeniedException", holder.generate_data_key, KeyId=key_id, KeySpec="AES_256", **context)
    checked("grants")


def changes_count_at_once(key_id):
    """Each change is asked about by clients whose connections end at different processes."""
    blob = kms.encrypt(KeyId=key_id, Plaintext=b"x")["CiphertextBlob"]
    clients = [boto3.client("kms", config=config) for _ in range(6)]

    def ask(client):
        try:
            return client.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
        except ClientError as error:
            assert error.response["Error"]["Code"] == "DisabledException", error
            return False

    with ThreadPoolExecutor(6) as pool:
        for _ in range(15):
            kms.disable_key(KeyId=key_id)
            assert not any(pool.map(ask, clients))
            kms.enable_key(KeyId=key_id)
            assert all(pool.map(ask, clients))
            checked("changes that counted at once", 2)


def asymmetric():
    message = b"to be signed"
    specs = {
        "RSA_2048": "RSASSA_PSS_SHA_256",
        "ECC_NIST_P384": "ECDSA_SHA_384",
        "ECC_SECG_P256K1": "ECDSA_SHA_256",
        "ECC_NIST_EDWARDS25519": "ED25519_SHA_512",
        "ML_DSA_65": "ML_DSA_SHAKE_256",
    }
    for spec, algorithm in specs.items():
        key_id = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
        arguments = {"KeyId": key_id, "Message": message, "SigningAlgorithm": algorithm}
        signature = kms.sign(**arguments)["Signature"]
        assert kms.verify(Signature=signature, **arguments)["SignatureValid"]
        refused("KMSInvalidSignatureException", kms.verify, Signature=signature, **{**arguments, "Message": b"another"})
        assert len(kms.get_public_key(KeyId=key_id)["PublicKey"]) > 40
        checked("signing keys")
    digest = hashlib.sha256(message).digest()
    key_id = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    arguments = {"KeyId": key_id, "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=digest, MessageType="DIGEST", **arguments)["Signature"]
    assert kms.verify(Message=message, Signature=signature, **arguments)["SignatureValid"]
    kem = kms.create_key(KeySpec="ML_KEM_768", KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["KeyId"]
    made = kms.encapsulate(KeyId=kem, EncapsulationAlgorithm="ML_KEM")
    opened = kms.decapsulate(
        KeyId=kem, EncapsulationAlgorithm="ML_KEM", SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"]
    )
    assert opened["SharedSecret"] == made["SharedSecret"] and len(made["SharedSecret"]) == 32
    checked("encapsulation keys")


def listing():
    made = {kms.create_key(Tags=[{"TagKey": "n", "TagValue": str(n)}])["KeyMetadata"]["KeyId"] for n in range(12)}
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 5})
    seen = [key["KeyId"] for page in pages for key in page["Keys"]]
    assert made <= set(seen) and len(seen) == len(set(seen))
    for n, key_id in enumerate(sorted(made)):
        kms.create_alias(AliasName=f"alias/list/{n}", TargetKeyId=key_id)
    names = [alias["AliasName"] for page in kms.get_paginator("list_aliases").paginate(PaginationConfig={"PageSize": 5}) for alias in page["Aliases"]]
    assert len([name for name in names if name.startswith("alias/list/")]) == 12 and "alias/aws/s3" in names
    checked("listed keys", len(made))


def race():
    """Many clients change one key at once: every change is there at the end."""
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]

    def tag(n):
        kms.tag_resource(KeyId=key_id, Tags=[{"TagKey": f"t{n}", "TagValue": "v"}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tag, range(32)))
    assert len(kms.list_resource_tags(KeyId=key_id)["Tags"]) == 32
    checked("concurrent changes", 32)


started = time.time()
key_id = two_users()
grants(key_id)
changes_count_at_once(key_id)
asymmetric()
listing()
race()
print(json.dumps(counts))
