# MinIO's client for Python through the steps of ../README.md. It has a CA by a variable: SSL_CERT_FILE.
import os
import sys
from urllib.parse import urlsplit

import minio
from minio.commonconfig import CopySource
from minio.sse import SseCustomerKey, SseKMS, SseS3

if sys.argv[1:] == ["--version"]:
    print(minio.__version__)
    sys.exit()

setting = {name[7:].lower(): value for name, value in os.environ.items() if name.startswith("DRIVER_")}
bucket, prefix, folder = setting["bucket"], setting["prefix"], setting["folder"]
scheme = setting["scheme"]
writing = {
    "sse-s3": SseS3(),
    "sse-kms": SseKMS(setting["kms_key"], {}),
    "sse-c": SseCustomerKey(setting["customer_key"].encode()),
    "none": None,
}[scheme]
reading = writing if scheme == "sse-c" else None
store = minio.Minio(
    urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc,
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    region=os.environ["AWS_REGION"],
)
source, copied, parts = prefix + "object", prefix + "copy", prefix + "parts"


def done(*words):
    print(*words, flush=True)


def save(name, answer):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(answer.read())
    answer.close()
    answer.release_conn()
    done(name)


store.fput_object(bucket, source, setting["small"], sse=writing)
done("put")

headers = store.stat_object(bucket, source, ssec=reading).metadata
done(
    "head",
    headers.get("x-amz-server-side-encryption", "customer"),
    headers.get("x-amz-server-side-encryption-aws-kms-key-id", ""),
)

first, last = map(int, setting["range"].split("-"))
save("range", store.get_object(bucket, source, offset=first, length=last - first + 1, ssec=reading))

store.copy_object(bucket, copied, CopySource(bucket, source, ssec=reading), sse=writing)
done("copy")

save("get", store.get_object(bucket, copied, ssec=reading))

store.fput_object(bucket, parts, setting["large"], sse=writing, part_size=5 << 20)
store.fget_object(bucket, parts, os.path.join(folder, "parts"), ssec=reading)
done("parts")
