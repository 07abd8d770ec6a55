# boto3, from 1.26 on, through the steps of ../README.md.
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig

if sys.argv[1:] == ["--version"]:
    print(boto3.__version__)
    sys.exit()

setting = {name[7:].lower(): value for name, value in os.environ.items() if name.startswith("DRIVER_")}
bucket, prefix, folder = setting["bucket"], setting["prefix"], setting["folder"]
customer = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": setting["customer_key"]}
writing, reading, copying = {
    "sse-s3": ({"ServerSideEncryption": "AES256"}, {}, {}),
    "sse-kms": ({"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": setting["kms_key"]}, {}, {}),
    "sse-c": (customer, customer, {f"CopySource{name}": value for name, value in customer.items()}),
    "none": ({}, {}, {}),
}[setting["scheme"]]
# The variable that says where S3 is came with boto3 1.28.
s3 = boto3.client("s3", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
source, copied, parts = prefix + "object", prefix + "copy", prefix + "parts"


def done(*words):
    print(*words, flush=True)


def save(name, answer):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(answer["Body"].read())
    done(name)


with open(setting["small"], "rb") as body:
    s3.put_object(Bucket=bucket, Key=source, Body=body, **writing)
done("put")

head = s3.head_object(Bucket=bucket, Key=source, **reading)
done("head", head.get("ServerSideEncryption", "customer"), head.get("SSEKMSKeyId", ""))

save("range", s3.get_object(Bucket=bucket, Key=source, Range="bytes=" + setting["range"], **reading))

s3.copy_object(Bucket=bucket, Key=copied, CopySource={"Bucket": bucket, "Key": source}, **writing, **copying)
done("copy")

save("get", s3.get_object(Bucket=bucket, Key=copied, **reading))

s3.upload_file(setting["large"], bucket, parts, ExtraArgs=writing, Config=TransferConfig(multipart_chunksize=5 << 20))
s3.download_file(bucket, parts, os.path.join(folder, "parts"), ExtraArgs=reading)
done("parts")
