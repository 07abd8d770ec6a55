"""Prints a form made by boto3's generate_presigned_post. Usage: make-form.py BUCKET KEY FIELDS_JSON CONDITIONS_JSON."""

import json
import sys

import boto3
from botocore.config import Config

bucket, key, fields, conditions = sys.argv[1:]
s3 = boto3.client("s3", config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"))
form = s3.generate_presigned_post(
    Bucket=bucket, Key=key, Fields=json.loads(fields), Conditions=json.loads(conditions), ExpiresIn=60
)
print(json.dumps(form))
