"""What users may do, and when changes count, asked with an unmodified boto3; prints counts as JSON."""

import json
from concurrent.futures import ThreadPoolExecutor

from boto3_session import READ, TRUST, account, allow, attempt, checked, client_of, counts, document, iam, refused, works


def access_keys():
    first = iam.create_access_key(UserName="Anna")["AccessKey"]
    second = iam.create_access_key(UserName="Anna")["AccessKey"]
    assert len(first["SecretAccessKey"]) == 40 and first["AccessKeyId"].startswith("AKIA")
    refused("LimitExceeded", iam.create_access_key, "AccessKeysPerUser: 2", UserName="Anna")
    listed = iam.list_access_keys(UserName="Anna")["AccessKeyMetadata"]
    assert {each["AccessKeyId"] for each in listed} == {first["AccessKeyId"], second["AccessKeyId"]}
    assert "SecretAccessKey" not in listed[0]
    assert works(first) == f"arn:aws:iam::{account}:user/staff/Anna"
    iam.update_access_key(UserName="Anna", AccessKeyId=first["AccessKeyId"], Status="Inactive")
    assert works(first) == "InvalidClientTokenId", works(first)
    iam.update_access_key(UserName="Anna", AccessKeyId=first["AccessKeyId"], Status="Active")
    assert works(first).endswith("user/staff/Anna")
    refused("ValidationError", iam.update_access_key, "Member must satisfy enum value set", UserName="Anna", AccessKeyId=first["AccessKeyId"], Status="Gone")
    refused("NoSuchEntity", iam.delete_access_key, UserName="Anna", AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
    refused("DeleteConflict", iam.delete_user, None, UserName="Anna")
    used = iam.get_access_key_last_used(AccessKeyId=first["AccessKeyId"])
    assert used["UserName"] == "Anna"
    refused("NoSuchEntity", iam.get_access_key_last_used, AccessKeyId="AKIAAAAAAAAAAAAAAAAA")
    iam.delete_access_key(UserName="Anna", AccessKeyId=first["AccessKeyId"])
    assert works(first) == "InvalidClientTokenId"
    checked("access keys", 2)
    return second


def changes_count_at_once(key):
    """A hundred changes, each asked about at once by a client whose connection may end at another process."""
    anna = client_of(key)("iam")
    for _ in range(50):
        iam.put_user_policy(UserName="Anna", PolicyName="p", PolicyDocument=document(allow("iam:ListUsers")))
        anna.list_users()
        iam.delete_user_policy(UserName="Anna", PolicyName="p")
        refused("AccessDenied", anna.list_users)
        checked("changes that counted at once", 2)


def authorization(key):
    anna = client_of(key)("iam")
    me = f"arn:aws:iam::{account}:user/staff/Anna"
    refused("AccessDenied", anna.list_users,
            f"User: {me} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::{account}:user/ because no identity-based policy allows the iam:ListUsers action")
    refused("AccessDenied", anna.get_user, "iam:GetUser on resource: user Anna because no identity-based policy allows", UserName="Anna")
    refused("AccessDenied", anna.get_user)
    iam.put_user_policy(UserName="Anna", PolicyName="self", PolicyDocument=document(
        allow(["iam:GetUser", "iam:ListAccessKeys"], "arn:aws:iam::*:user/*/${aws:username}"),
        allow("iam:*", "arn:aws:iam::*:role/made/*"),
        {"Effect": "Deny", "Action": "iam:DeleteRole", "Resource": "*"}))
    assert anna.get_user()["User"]["UserName"] == "Anna"
    assert len(anna.list_access_keys()["AccessKeyMetadata"]) == 1
    iam.create_user(UserName="Other")
    refused("AccessDenied", anna.get_user, UserName="Other")
    refused("AccessDenied", anna.get_user, UserName="NotThere")
    refused("AccessDenied", anna.create_role, None, RoleName="x", AssumeRolePolicyDocument=TRUST)
    anna.create_role(RoleName="x", Path="/made/", AssumeRolePolicyDocument=TRUST)
    refused("AccessDenied", anna.delete_role, "with an explicit deny in an identity-based policy", RoleName="x")
    iam.delete_user_policy(UserName="Anna", PolicyName="self")
    # Delegated administration: users may be made with this boundary alone, and only such users changed.
    bound = iam.create_policy(PolicyName="bound", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    iam.put_user_policy(UserName="Anna", PolicyName="delegate", PolicyDocument=document(
        allow(["iam:CreateUser", "iam:PutUserPolicy"], "*", Condition={"StringEquals": {"iam:PermissionsBoundary": bound}}),
        allow("iam:TagUser", "*", Condition={"StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
        allow("iam:AttachUserPolicy", "*", Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}})))
    refused("AccessDenied", anna.create_user, UserName="free")
    anna.create_user(UserName="bounded", PermissionsBoundary=bound)
    anna.put_user_policy(UserName="bounded", PolicyName="p", PolicyDocument=READ)
    refused("AccessDenied", anna.put_user_policy, UserName="Other", PolicyName="p", PolicyDocument=READ)
    refused("AccessDenied", anna.tag_user, UserName="Other", Tags=[{"Key": "team", "Value": "red"}])
    refused("AccessDenied", anna.tag_user, UserName="Other", Tags=[{"Key": "team", "Value": "blue"}, {"Key": "x", "Value": "y"}])
    anna.tag_user(UserName="Other", Tags=[{"Key": "team", "Value": "blue"}])
    refused("AccessDenied", anna.attach_user_policy, UserName="Other", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    anna.attach_user_policy(UserName="Other", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    iam.delete_user_policy(UserName="bounded", PolicyName="p")
    iam.detach_user_policy(UserName="Other", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
    for name in ("bounded", "Other"):
        iam.delete_user(UserName=name)
    iam.delete_user_policy(UserName="Anna", PolicyName="delegate")
    iam.delete_policy(PolicyArn=bound)
    iam.delete_role(RoleName="x")
    # An administrator's own boundary holds.
    iam.attach_user_policy(UserName="Anna", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    anna.list_users()
    iam.put_user_permissions_boundary(UserName="Anna", PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    refused("AccessDenied", anna.list_users, "because no permissions boundary allows the iam:ListUsers action")
    anna.list_roles()
    iam.delete_user_permissions_boundary(UserName="Anna")
    iam.detach_user_policy(UserName="Anna", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    # What a group may, its members may.
    iam.put_group_policy(GroupName="Readers2", PolicyName="p", PolicyDocument=document(allow("iam:List*")))
    anna.list_groups()
    iam.remove_user_from_group(GroupName="Readers2", UserName="Anna")
    refused("AccessDenied", anna.list_groups)
    iam.add_user_to_group(GroupName="Readers2", UserName="Anna")
    iam.delete_group_policy(GroupName="Readers2", PolicyName="p")
    checked("authorization")


def simulation():
    iam.put_user_policy(UserName="Anna", PolicyName="sim", PolicyDocument=document(
        allow("s3:GetObject", "arn:aws:s3:::b/${aws:username}/*"),
        allow("s3:PutObject", "*", Condition={"StringEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}),
        {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "*"}))
    source = f"arn:aws:iam::{account}:user/staff/Anna"
    simulate = lambda **more: iam.simulate_principal_policy(PolicySourceArn=source, **more)["EvaluationResults"]
    found = simulate(ActionNames=["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"], ResourceArns=["arn:aws:s3:::b/Anna/x"])
    assert [each["EvalDecision"] for each in found] == ["allowed", "implicitDeny", "explicitDeny", "implicitDeny"], found
    assert found[1]["MissingContextValues"] == ["s3:x-amz-server-side-encryption"]
    found = simulate(ActionNames=["s3:PutObject"], ContextEntries=[
        {"ContextKeyName": "s3:x-amz-server-side-encryption", "ContextKeyValues": ["aws:kms"], "ContextKeyType": "string"}])
    assert found[0]["EvalDecision"] == "allowed"
    found = simulate(ActionNames=["s3:GetObject"], ResourceArns=["arn:aws:s3:::b/Anna/x"],
                     PermissionsBoundaryPolicyInputList=[document(allow("kms:*"))])
    assert found[0]["EvalDecision"] == "implicitDeny" and found[0]["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    custom = iam.simulate_custom_policy(PolicyInputList=[READ], ActionNames=["s3:GetObject", "s3:PutObject"],
                                        ResourceArns=["arn:aws:s3:::bucket/a", "arn:aws:s3:::other/a"])["EvaluationResults"]
    assert [each["EvalDecision"] for each in custom] == ["allowed", "implicitDeny", "implicitDeny", "implicitDeny"]
    pages = list(iam.get_paginator("simulate_custom_policy").paginate(
        PolicyInputList=[READ], ActionNames=[f"s3:Action{i}" for i in range(30)],
        ResourceArns=["arn:aws:s3:::bucket/a", "*"], PaginationConfig={"PageSize": 7}))
    assert sum(len(page["EvaluationResults"]) for page in pages) == 60
    refused("MalformedPolicyDocument", iam.simulate_custom_policy, PolicyInputList=["{"], ActionNames=["s3:GetObject"])
    refused("NoSuchEntity", iam.simulate_principal_policy, PolicySourceArn=f"arn:aws:iam::{account}:user/none", ActionNames=["s3:GetObject"])
    refused("InvalidInput", iam.simulate_principal_policy, PolicySourceArn="arn:aws:iam::999999999999:user/none", ActionNames=["s3:GetObject"])
    refused("InvalidInput", iam.simulate_custom_policy, PolicyInputList=[READ], ActionNames=["nonsense"])
    keys = iam.get_context_keys_for_principal_policy(PolicySourceArn=source)["ContextKeyNames"]
    assert set(keys) == {"aws:username", "s3:x-amz-server-side-encryption"}, keys
    assert iam.get_context_keys_for_custom_policy(PolicyInputList=[READ])["ContextKeyNames"] == []
    iam.delete_user_policy(UserName="Anna", PolicyName="sim")
    checked("simulated decisions", 70)


def concurrency():
    """Many writers of one record: every change is there in the end, and quotas hold."""
    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(lambda _: attempt(iam.create_user, UserName="same"), range(16)))
        assert made.count(None) == 1 and made.count("EntityAlreadyExists") == 15, made
        tagged = list(pool.map(lambda i: attempt(iam.tag_user, UserName="same", Tags=[{"Key": f"k{i}", "Value": ""}]), range(32)))
        assert tagged.count(None) == 32, tagged
        keys = list(pool.map(lambda _: attempt(iam.create_access_key, UserName="same"), range(8)))
        assert keys.count(None) == 2 and keys.count("LimitExceeded") == 6, keys
        for _ in range(5):
            arn = iam.create_policy(PolicyName="raced", PolicyDocument=READ)["Policy"]["Arn"]
            racing = [pool.submit(attempt, iam.attach_user_policy, UserName="same", PolicyArn=arn), pool.submit(attempt, iam.delete_policy, PolicyArn=arn)]
            outcomes = [future.result() for future in racing]
            assert outcomes in ([None, "DeleteConflict"], ["NoSuchEntity", None]), outcomes
            if outcomes[0] is None:
                iam.detach_user_policy(UserName="same", PolicyArn=arn)
                iam.delete_policy(PolicyArn=arn)
    assert len(iam.list_user_tags(UserName="same")["Tags"]) == 32
    for key in iam.list_access_keys(UserName="same")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="same", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="same")
    checked("concurrent changes", 66)


def recreated_user_inherits_nothing():
    iam.create_user(UserName="again")
    key = iam.create_access_key(UserName="again")["AccessKey"]
    first = iam.get_user(UserName="again")["User"]["UserId"]
    iam.delete_access_key(UserName="again", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="again")
    iam.create_user(UserName="again")
    assert iam.get_user(UserName="again")["User"]["UserId"] != first
    assert works(key) == "InvalidClientTokenId"
    iam.delete_user(UserName="again")
    checked("recreated users")


iam.create_user(UserName="Anna", Path="/staff/")
iam.create_group(GroupName="Readers2")
iam.add_user_to_group(GroupName="Readers2", UserName="Anna")
key = access_keys()
authorization(key)
changes_count_at_once(key)
simulation()
concurrency()
recreated_user_inherits_nothing()
print(json.dumps(counts))
