"""Makes, changes, lists and removes everything that IAM keeps here, with an unmodified boto3; prints counts as JSON."""

import json

from boto3_session import READ, TRUST, account, allow, checked, counts, document, iam, refused


def users():
    made = iam.create_user(UserName="Ann", Path="/people/", Tags=[{"Key": "Team", "Value": "blue"}])["User"]
    assert made["UserId"].startswith("AIDA") and len(made["UserId"]) == 21
    assert made["Arn"] == f"arn:aws:iam::{account}:user/people/Ann"
    assert iam.get_user(UserName="Ann")["User"] == made
    refused("EntityAlreadyExists", iam.create_user, "User with name ann already exists.", UserName="ann")
    assert iam.get_user(UserName="ann")["User"] == made
    refused("ValidationError", iam.create_user, "The specified value for userName is invalid.", UserName="a b")
    refused("ValidationError", iam.create_user, "less than or equal to 64", UserName="x" * 65)
    refused("ValidationError", iam.create_user, "for path is invalid", UserName="bob", Path="people")
    refused("InvalidInput", iam.create_user, "Duplicate tag keys", UserName="bob",
            Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}])
    iam.tag_user(UserName="Ann", Tags=[{"Key": "team", "Value": "red"}, {"Key": "site", "Value": "north"}])
    assert iam.list_user_tags(UserName="Ann")["Tags"] == [
        {"Key": "team", "Value": "red"}, {"Key": "site", "Value": "north"}]
    refused("LimitExceeded", iam.tag_user, UserName="Ann", Tags=[{"Key": f"k{i}", "Value": ""} for i in range(49)])
    iam.untag_user(UserName="Ann", TagKeys=["TEAM", "absent"])
    assert [tag["Key"] for tag in iam.list_user_tags(UserName="Ann")["Tags"]] == ["site"]
    iam.update_user(UserName="Ann", NewUserName="Anna", NewPath="/staff/")
    assert iam.get_user(UserName="Anna")["User"]["Arn"] == f"arn:aws:iam::{account}:user/staff/Anna"
    assert iam.get_user(UserName="Anna")["User"]["UserId"] == made["UserId"]
    refused("NoSuchEntity", iam.get_user, UserName="Ann")
    for name in ("u1", "u2", "u3"):
        iam.create_user(UserName=name)
    refused("EntityAlreadyExists", iam.update_user, UserName="u1", NewUserName="U2")
    iam.update_user(UserName="u1", NewUserName="U1")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Users"]) for page in pages] == [2, 2]
    assert [user["UserName"] for page in pages for user in page["Users"]] == ["Anna", "U1", "u2", "u3"]
    assert [user["UserName"] for user in iam.list_users(PathPrefix="/staff")["Users"]] == ["Anna"]
    refused("ValidationError", iam.list_users, Marker="nonsense")
    refused("ValidationError", iam.list_users, "less than or equal to 1000", MaxItems=1001)
    for name in ("U1", "u2", "u3"):
        iam.delete_user(UserName=name)
    refused("NoSuchEntity", iam.delete_user, "The user with name u2 cannot be found.", UserName="u2")
    checked("users", 5)


def groups():
    group = iam.create_group(GroupName="readers", Path="/teams/")["Group"]
    assert group["GroupId"].startswith("AGPA")
    refused("EntityAlreadyExists", iam.create_group, "Group with name READERS already exists.", GroupName="READERS")
    iam.add_user_to_group(GroupName="readers", UserName="Anna")
    iam.add_user_to_group(GroupName="readers", UserName="Anna")
    assert [user["UserName"] for user in iam.get_group(GroupName="readers")["Users"]] == ["Anna"]
    assert [each["GroupName"] for each in iam.list_groups_for_user(UserName="Anna")["Groups"]] == ["readers"]
    refused("DeleteConflict", iam.delete_group, "must remove users from group first", GroupName="readers")
    refused("DeleteConflict", iam.delete_user, UserName="Anna")
    iam.update_group(GroupName="readers", NewGroupName="Readers2", NewPath="/")
    assert iam.list_groups_for_user(UserName="Anna")["Groups"][0]["Arn"] == f"arn:aws:iam::{account}:group/Readers2"
    for index in range(9):
        iam.create_group(GroupName=f"g{index}")
        iam.add_user_to_group(GroupName=f"g{index}", UserName="Anna")
    iam.create_group(GroupName="one-too-many")
    refused("LimitExceeded", iam.add_user_to_group, "GroupsPerUser: 10", GroupName="one-too-many", UserName="Anna")
    assert len(iam.list_groups()["Groups"]) == 11
    for index in range(9):
        iam.remove_user_from_group(GroupName=f"g{index}", UserName="Anna")
        iam.delete_group(GroupName=f"g{index}")
    refused("NoSuchEntity", iam.remove_user_from_group, GroupName="one-too-many", UserName="Anna")
    iam.delete_group(GroupName="one-too-many")
    refused("NoSuchEntity", iam.get_group, "The group with name g0 cannot be found.", GroupName="g0")
    checked("groups", 11)


def inline_and_attached():
    cases = (("user", "Anna"), ("group", "Readers2"), ("role", "worker"))
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    policy = iam.create_policy(PolicyName="read", PolicyDocument=READ, Path="/p/")["Policy"]["Arn"]
    for kind, name in cases:
        holder = {f"{kind.capitalize()}Name": name}
        call = lambda pattern: getattr(iam, pattern.format(kind))
        call("put_{}_policy")(**holder, PolicyName="b", PolicyDocument=READ)
        call("put_{}_policy")(**holder, PolicyName="a", PolicyDocument=READ)
        found = call("get_{}_policy")(**holder, PolicyName="a")
        assert found["PolicyDocument"] == json.loads(READ)
        assert call("list_{}_policies")(**holder)["PolicyNames"] == ["a", "b"]
        refused("NoSuchEntity", call("get_{}_policy"), f"The {kind} policy with name x cannot be found.", **holder, PolicyName="x")
        for broken, message in (("{", "Syntax errors in policy."), (TRUST, None), ('{"Version":"2012-10-17"}', None)):
            refused("MalformedPolicyDocument", call("put_{}_policy"), message, **holder, PolicyName="c", PolicyDocument=broken)
        refused("LimitExceeded", call("put_{}_policy"), "Maximum policy size of", **holder, PolicyName="c",
                PolicyDocument=document(*[allow("s3:GetObject", f"arn:aws:s3:::{'x' * 80}{i}") for i in range(90)]))
        call("attach_{}_policy")(**holder, PolicyArn=policy)
        call("attach_{}_policy")(**holder, PolicyArn=policy)
        call("attach_{}_policy")(**holder, PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        names = [each["PolicyName"] for each in call("list_attached_{}_policies")(**holder)["AttachedPolicies"]]
        assert names == ["read", "AmazonS3ReadOnlyAccess"], names
        assert [each["PolicyName"] for each in call("list_attached_{}_policies")(**holder, PathPrefix="/p/")["AttachedPolicies"]] == ["read"]
        if kind == "role":
            refused("DeleteConflict", call("delete_{}"), "detach all policies", **holder)
        checked("kinds of holders")
    refused("DeleteConflict", iam.delete_policy, "Cannot delete a policy attached to entities.", PolicyArn=policy)
    entities = iam.list_entities_for_policy(PolicyArn=policy)
    assert [len(entities[f"Policy{kind}"]) for kind in ("Users", "Groups", "Roles")] == [1, 1, 1]
    assert iam.list_entities_for_policy(PolicyArn=policy, EntityFilter="Role")["PolicyUsers"] == []
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 3
    assert iam.get_policy(PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")["Policy"]["AttachmentCount"] == 3
    extra = []
    for index in range(9):
        extra.append(iam.create_policy(PolicyName=f"extra{index}", PolicyDocument=READ)["Policy"]["Arn"])
    for arn in extra[:8]:
        iam.attach_user_policy(UserName="Anna", PolicyArn=arn)
    refused("LimitExceeded", iam.attach_user_policy, "PoliciesPerUser: 10", UserName="Anna", PolicyArn=extra[8])
    for arn in extra[:8]:
        iam.detach_user_policy(UserName="Anna", PolicyArn=arn)
    for arn in extra:
        iam.delete_policy(PolicyArn=arn)
    for kind, name in cases:
        holder = {f"{kind.capitalize()}Name": name}
        for arn in (policy, "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"):
            getattr(iam, f"detach_{kind}_policy")(**holder, PolicyArn=arn)
        refused("NoSuchEntity", getattr(iam, f"detach_{kind}_policy"), "was not found.", **holder, PolicyArn=policy)
        refused("DeleteConflict", getattr(iam, f"delete_{kind}"), None, **holder)
        for policy_name in ("a", "b"):
            getattr(iam, f"delete_{kind}_policy")(**holder, PolicyName=policy_name)
        refused("NoSuchEntity", getattr(iam, f"delete_{kind}_policy"), **holder, PolicyName="a")
    iam.delete_policy(PolicyArn=policy)
    iam.delete_role(RoleName="worker")


def roles():
    role = iam.create_role(RoleName="job", Path="/jobs/", AssumeRolePolicyDocument=TRUST, Description="does",
                           MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": "b"}])["Role"]
    assert role["RoleId"].startswith("AROA") and role["AssumeRolePolicyDocument"] == json.loads(TRUST)
    found = iam.get_role(RoleName="job")["Role"]
    assert (found["Description"], found["MaxSessionDuration"], found["Tags"]) == ("does", 7200, [{"Key": "a", "Value": "b"}])
    refused("EntityAlreadyExists", iam.create_role, "Role with name JOB already exists.", RoleName="JOB", AssumeRolePolicyDocument=TRUST)
    refused("ValidationError", iam.create_role, "greater than or equal to 3600", RoleName="r", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=60)
    refused("MalformedPolicyDocument", iam.create_role, None, RoleName="r", AssumeRolePolicyDocument=READ)
    refused("LimitExceeded", iam.create_role, "ACLSizePerRole: 2048", RoleName="r", AssumeRolePolicyDocument=document(
        *[{"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole", "Sid": f"s{i}"} for i in range(60)]))
    iam.update_role(RoleName="job", Description="did", MaxSessionDuration=3600)
    iam.update_role_description(RoleName="job", Description="done")
    iam.tag_role(RoleName="job", Tags=[{"Key": "c", "Value": "d"}])
    iam.untag_role(RoleName="job", TagKeys=["a"])
    assert iam.list_role_tags(RoleName="job")["Tags"] == [{"Key": "c", "Value": "d"}]
    other = TRUST.replace("sts:AssumeRole", "sts:*")
    iam.update_assume_role_policy(RoleName="job", PolicyDocument=other)
    found = iam.get_role(RoleName="job")["Role"]
    assert (found["Description"], found["MaxSessionDuration"]) == ("done", 3600)
    assert found["AssumeRolePolicyDocument"] == json.loads(other)
    listed = iam.list_roles(PathPrefix="/jobs/")["Roles"]
    assert [each["RoleName"] for each in listed] == ["job"] and "Tags" not in listed[0]
    boundary = iam.create_policy(PolicyName="bound", PolicyDocument=READ)["Policy"]["Arn"]
    iam.put_role_permissions_boundary(RoleName="job", PermissionsBoundary=boundary)
    assert iam.get_role(RoleName="job")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert iam.get_policy(PolicyArn=boundary)["Policy"]["PermissionsBoundaryUsageCount"] == 1
    refused("DeleteConflict", iam.delete_policy, PolicyArn=boundary)
    iam.delete_role(RoleName="job")
    iam.put_user_permissions_boundary(UserName="Anna", PermissionsBoundary=boundary)
    iam.put_user_permissions_boundary(UserName="Anna", PermissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess")
    iam.delete_policy(PolicyArn=boundary)
    refused("NoSuchEntity", iam.put_user_permissions_boundary, UserName="Anna", PermissionsBoundary=boundary)
    iam.delete_user_permissions_boundary(UserName="Anna")
    refused("NoSuchEntity", iam.delete_user_permissions_boundary, UserName="Anna")
    checked("roles")


def managed_policies():
    arn = iam.create_policy(PolicyName="doc", PolicyDocument=READ, Description="d", Tags=[{"Key": "x", "Value": "y"}])["Policy"]["Arn"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Description"] == "d"
    refused("EntityAlreadyExists", iam.create_policy, "A policy called DOC already exists.", PolicyName="DOC", PolicyDocument=READ)
    refused("LimitExceeded", iam.create_policy, "PolicySize: 6144", PolicyName="big",
            PolicyDocument=document(*[allow("s3:GetObject", f"arn:aws:s3:::{'x' * 80}{i}") for i in range(50)]))
    for index in range(2, 6):
        made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ, SetAsDefault=index == 3)["PolicyVersion"]
        assert (made["VersionId"], made["IsDefaultVersion"]) == (f"v{index}", index == 3)
    refused("LimitExceeded", iam.create_policy_version, "up to 5 versions", PolicyArn=arn, PolicyDocument=READ)
    refused("DeleteConflict", iam.delete_policy_version, "Cannot delete the default version of a policy.", PolicyArn=arn, VersionId="v3")
    refused("DeleteConflict", iam.delete_policy, "more than one version", PolicyArn=arn)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    refused("NoSuchEntity", iam.set_default_policy_version, PolicyArn=arn, VersionId="v9")
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(READ)
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v5", "v4", "v3", "v2", "v1"]
    for version in ("v2", "v3", "v4", "v5"):
        iam.delete_policy_version(PolicyArn=arn, VersionId=version)
    assert iam.create_policy_version(PolicyArn=arn, PolicyDocument=READ)["PolicyVersion"]["VersionId"] == "v6"
    iam.delete_policy_version(PolicyArn=arn, VersionId="v6")
    iam.tag_policy(PolicyArn=arn, Tags=[{"Key": "z", "Value": ""}])
    iam.untag_policy(PolicyArn=arn, TagKeys=["x"])
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == [{"Key": "z", "Value": ""}]
    assert [each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]] == [arn]
    assert iam.list_policies(Scope="Local", OnlyAttached=True)["Policies"] == []
    everything = list(iam.get_paginator("list_policies").paginate(PaginationConfig={"PageSize": 4}))
    names = [each["PolicyName"] for page in everything for each in page["Policies"]]
    assert len(names) == len(set(names)) and {"doc", "AdministratorAccess", "AWSKeyManagementServicePowerUser"} <= set(names)
    administrator = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert iam.get_policy_version(PolicyArn=administrator, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]["Action"] == "*"
    refused("AccessDenied", iam.delete_policy, PolicyArn=administrator)
    refused("NoSuchEntity", iam.get_policy, "was not found.", PolicyArn=f"arn:aws:iam::{account}:policy/none")
    refused("ValidationError", iam.get_policy, PolicyArn="arn:aws:s3:::bucket-of-something")
    iam.delete_policy(PolicyArn=arn)
    checked("managed policies")


def providers():
    arn = iam.create_open_id_connect_provider(Url="https://Idp.Example.com/realm", ClientIDList=["a"], ThumbprintList=["ab" * 20],
                                              Tags=[{"Key": "k", "Value": "v"}])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/idp.example.com/realm"
    refused("EntityAlreadyExists", iam.create_open_id_connect_provider, Url="https://idp.example.com/realm/")
    refused("ValidationError", iam.create_open_id_connect_provider, Url="http://idp.example.com/realm")
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="a")
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=["cd" * 20])
    iam.tag_open_id_connect_provider(OpenIDConnectProviderArn=arn, Tags=[{"Key": "l", "Value": "w"}])
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["k"])
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert (found["Url"], found["ClientIDList"], found["ThumbprintList"], found["Tags"]) == (
        "idp.example.com/realm", ["b"], ["cd" * 20], [{"Key": "l", "Value": "w"}])
    assert iam.list_open_id_connect_provider_tags(OpenIDConnectProviderArn=arn)["Tags"] == [{"Key": "l", "Value": "w"}]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": arn}]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)
    checked("providers")


def account_facts():
    iam.create_account_alias(AccountAlias="our-place")
    iam.create_account_alias(AccountAlias="our-other-place")
    assert iam.list_account_aliases()["AccountAliases"] == ["our-other-place"]
    refused("ValidationError", iam.create_account_alias, AccountAlias="No")
    refused("NoSuchEntity", iam.delete_account_alias, AccountAlias="our-place")
    iam.delete_account_alias(AccountAlias="our-other-place")
    summary = iam.get_account_summary()["SummaryMap"]
    assert (summary["Users"], summary["Groups"], summary["Roles"], summary["UsersQuota"]) == (1, 1, 0, 5000), summary
    iam.put_group_policy(GroupName="Readers2", PolicyName="p", PolicyDocument=READ)
    details = iam.get_account_authorization_details()
    assert details["UserDetailList"][0]["GroupList"] == ["Readers2"]
    assert details["GroupDetailList"][0]["GroupPolicyList"] == [{"PolicyName": "p", "PolicyDocument": json.loads(READ)}]
    pages = list(iam.get_paginator("get_account_authorization_details").paginate(Filter=["User", "Group"], PaginationConfig={"PageSize": 1}))
    assert [len(page["UserDetailList"]) + len(page["GroupDetailList"]) for page in pages] == [1, 1]
    iam.delete_group_policy(GroupName="Readers2", PolicyName="p")
    root = iam.get_user()["User"]
    assert root["Arn"] == f"arn:aws:iam::{account}:root"
    for listing, member in ((iam.list_instance_profiles, "InstanceProfiles"), (iam.list_virtual_mfa_devices, "VirtualMFADevices"),
                            (iam.list_server_certificates, "ServerCertificateMetadataList"), (iam.list_saml_providers, "SAMLProviderList")):
        assert listing()[member] == []
    for listing in (iam.list_mfa_devices, iam.list_ssh_public_keys, iam.list_signing_certificates, iam.list_service_specific_credentials):
        listing(UserName="Anna")
    refused("NoSuchEntity", iam.get_login_profile, UserName="Anna")
    refused("NotImplemented", iam.create_instance_profile, "does not offer CreateInstanceProfile", InstanceProfileName="x")
    refused("NotImplemented", iam.create_service_linked_role, AWSServiceName="batch.amazonaws.com")
    refused("AccessDenied", iam.create_access_key, "root")
    checked("account facts")


users()
groups()
inline_and_attached()
roles()
managed_policies()
providers()
account_facts()
iam.remove_user_from_group(GroupName="Readers2", UserName="Anna")
iam.delete_user(UserName="Anna")
iam.delete_group(GroupName="Readers2")
print(json.dumps(counts))
