"""A pytest plug-in: gives the tests named in STRONGROOM_OLD_DEFAULTS the buckets that the suite was written for.

Since April 2023 every new bucket of Amazon S3 has access lists disabled and public access blocked; many tests set
access lists and public policies on buckets fresh from CreateBucket. What such an account would call first is called
for them here, through the same API: the bucket's public access block is deleted and its objects are their writers'.
"""
import json
import os

import botocore.client
import pytest

with open(os.environ["STRONGROOM_OLD_DEFAULTS"]) as file:
    NAMES = set(json.load(file))
ACL_PARAMETERS = {"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"}
ACTIVE = {"now": False}
call_directly = botocore.client.BaseClient._make_api_call


def make_api_call(self, operation, parameters):
    if operation != "CreateBucket" or not ACTIVE["now"]:
        return call_directly(self, operation, parameters)
    acl = {name: value for name, value in parameters.items() if name in ACL_PARAMETERS}
    rest = {name: value for name, value in parameters.items() if name not in ACL_PARAMETERS}
    rest.setdefault("ObjectOwnership", "ObjectWriter")
    answer = call_directly(self, operation, rest)
    bucket = {"Bucket": parameters["Bucket"]}
    call_directly(self, "DeletePublicAccessBlock", bucket)
    if acl:
        call_directly(self, "PutBucketAcl", {**bucket, **acl})
    return answer


botocore.client.BaseClient._make_api_call = make_api_call


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    name = os.path.basename(item.location[0]) + "::" + item.nodeid.split("::", 1)[1]
    ACTIVE["now"] = name in NAMES
    yield
    ACTIVE["now"] = False
