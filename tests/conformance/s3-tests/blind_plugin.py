"""A pytest plug-in: puts a store that knows nothing of encryption in the place of the one that is tested.

What asks for encryption is taken out of requests before they are signed, what tells of it out of answers, and the
bucket's default is not implemented. Tests that pass all the same say little of encryption.
"""
import re

import botocore.session

ABOUT_ENCRYPTION = re.compile(r"^x-amz-(copy-source-)?server-side-encryption", re.IGNORECASE)
MEMBERS = re.compile(r"^(ServerSideEncryption|SSE|BucketKeyEnabled)")
REFUSED = re.compile(r"^(Put|Get|Delete)BucketEncryption$")


def forget(params, **_):
    for name in [each for each in params["headers"] if ABOUT_ENCRYPTION.match(each)]:
        del params["headers"][name]


def hide(parsed, **_):
    for name in [each for each in parsed if MEMBERS.match(each)]:
        del parsed[name]
    headers = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    for name in [each for each in headers if ABOUT_ENCRYPTION.match(each)]:
        del headers[name]


class Refusal:
    status_code = 501
    headers = {}


def refuse(model, **_):
    if not REFUSED.match(model.name):
        return None
    error = {"Code": "NotImplemented", "Message": "A header you provided implies functionality that is not implemented"}
    return Refusal, {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 501, "HTTPHeaders": {}}}


make_client = botocore.session.Session.create_client


def create_client(self, service, *parameters, **more):
    client = make_client(self, service, *parameters, **more)
    if service == "s3":
        client.meta.events.register_last("before-call.s3", forget)
        client.meta.events.register_last("before-call.s3", refuse)
        client.meta.events.register_last("after-call.s3", hide)
    return client


botocore.session.Session.create_client = create_client
