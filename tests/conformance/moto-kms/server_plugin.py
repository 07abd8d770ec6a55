"""A pytest plug-in: sends the requests of moto's tests to a server, each test as an account of its own."""
import builtins
import json
import os
import re

import boto3
import pytest

import moto
import moto.core

ACCOUNTS = json.loads(os.environ["STRONGROOM_ACCOUNTS"])
OUTPUT = open(os.environ["STRONGROOM_REPORT"], "a", buffering=1)
# What the tests were written for.
WRITTEN_ACCOUNTS = ("123456789012", "012345678912")
MESSAGE_LIMIT = 400


def unmocked(function=None, **_):
    """Takes the place of moto's decorator: nothing is mocked."""
    return function if callable(function) else unmocked


moto.mock_aws = unmocked


def as_account(value, account_id):
    if not isinstance(value, str):
        return value
    for written in WRITTEN_ACCOUNTS:
        value = value.replace(written, account_id)
    return value


def policy(label):
    """Where the tests say "my policy", which AWS refuses: a key policy that can be told apart by its id."""
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Id": label, "Statement": [statement]})


builtins.key_policy = policy


def pytest_collection_modifyitems(items):
    if len(items) > len(ACCOUNTS):
        raise RuntimeError(f"{len(items)} tests want as many accounts, there are {len(ACCOUNTS)}")
    for item, account in zip(items, ACCOUNTS):
        item.account = account
        if hasattr(item, "callspec"):
            params = item.callspec.params
            for name in params:
                params[name] = as_account(params[name], account["accountId"])


@pytest.fixture(autouse=True)
def account_of_test(request):
    account = request.node.account
    os.environ["AWS_ACCESS_KEY_ID"] = account["accessKeyId"]
    os.environ["AWS_SECRET_ACCESS_KEY"] = account["secretAccessKey"]
    boto3.DEFAULT_SESSION = None
    for name in ("ACCOUNT_ID", "DEFAULT_ACCOUNT_ID"):
        if hasattr(request.module, name):
            setattr(request.module, name, account["accountId"])
    if hasattr(request.module, "grantee_principal"):
        request.module.grantee_principal = make_role(request.module.grantee_principal, account["accountId"])
    yield


def make_role(arn, account_id):
    """Makes the role that the tests of grants name: AWS takes no principal that there is none of."""
    arn = re.sub(r"\d{12}", account_id, arn)
    _, folder, name = arn.rsplit("/", 2)
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account_id}:root"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    boto3.client("iam").create_role(RoleName=name, Path=f"/{folder}/", AssumeRolePolicyDocument=document)
    return arn


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" and report.outcome == "passed":
        return
    message = "" if report.passed else f"{call.excinfo.typename}: {call.excinfo.value}"
    name = os.path.basename(item.location[0]) + "::" + item.nodeid.split("::", 1)[1]
    OUTPUT.write(json.dumps({"name": name, "outcome": report.outcome, "message": message[:MESSAGE_LIMIT]}) + "\n")
