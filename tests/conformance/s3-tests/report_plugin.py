"""A pytest plug-in: takes one shard of the tests and writes one JSON line for each test found and each test run."""
import json
import os
import sys

import botocore.httpsession
import botocore.session
import pytest
import s3tests.functional as suite

# The suite passes verify=True, which makes botocore look at certifi's list alone.
botocore.httpsession.where = lambda: os.environ["AWS_CA_BUNDLE"]

# It signs for a region without a name, which AWS refuses as we do: the region of the environment takes its place.
make_client = botocore.session.Session.create_client
botocore.session.Session.create_client = lambda self, service, region_name=None, **more: make_client(
    self, service, region_name=region_name or None, **more
)



wait_and_delete = suite.nuke_bucket


def empty_and_delete(client, bucket):
    """Takes the place of the suite's own clean-up, which sends a header that AWS refuses without object lock."""
    for objects in suite.list_versions(client, bucket, 128):
        delete = {"Objects": objects, "Quiet": True}
        if client.delete_objects(Bucket=bucket, Delete=delete).get("Errors"):
            return wait_and_delete(client, bucket)
    client.delete_bucket(Bucket=bucket)


suite.nuke_bucket = empty_and_delete

SHARD = int(os.environ["STRONGROOM_SHARD"])
SHARDS = int(os.environ["STRONGROOM_SHARDS"])
OUTPUT = open(os.environ["STRONGROOM_REPORT"], "a", buffering=1)
SELECTED = os.environ.get("STRONGROOM_SELECTED")
MESSAGE_LIMIT = 600
RESET = []


def write(kind, **fields):
    OUTPUT.write(json.dumps({"kind": kind, **fields}) + "\n")


def test_name(item):
    return os.path.basename(item.location[0]) + "::" + item.nodeid.split("::", 1)[1]


def pytest_collection_modifyitems(config, items):
    for item in items:
        write("found", name=test_name(item), markers=sorted({mark.name for mark in item.iter_markers()}))
    if SELECTED is None:
        config.hook.pytest_deselected(items=items[:])
        items[:] = []
        return
    with open(SELECTED) as file:
        wanted = set(json.load(file))
    chosen = [item for item in items if test_name(item) in wanted]
    items[:] = chosen[SHARD::SHARDS]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" and report.outcome == "passed":
        return
    if report.when != "call" and report.failed:
        # A bucket that cannot be emptied must fail one test, not every test after it.
        suite.prefix = f"{suite.prefix[:12]}{len(RESET):03d}-"
        RESET.append(item.nodeid)
    message = "" if report.passed else str(call.excinfo.value if call.excinfo else report.longrepr)
    if not report.passed and call.excinfo is not None:
        message = f"{call.excinfo.typename}: {message} (line {call.excinfo.traceback[-1].lineno + 1})"
        inside = [entry.lineno + 1 for entry in call.excinfo.traceback if "functional/test_" in str(entry.path)]
        if inside:
            message += f" at {','.join(map(str, inside))}"
    write(
        "ran",
        name=test_name(item),
        when=report.when,
        outcome=report.outcome,
        seconds=round(call.duration, 2),
        message=message[:MESSAGE_LIMIT],
    )


if sys.version_info < (3, 8):
    raise RuntimeError("the suite wants Python 3.8 or newer")
