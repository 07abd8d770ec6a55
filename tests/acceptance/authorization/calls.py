"""Each case of the table as a call of boto3. `w` makes what a call needs, as the root of the account."""

TAGS = {"TagSet": [{"Key": "team", "Value": "a"}]}
TAGGING_FIELD = "<Tagging><TagSet><Tag><Key>team</Key><Value>a</Value></Tag></TagSet></Tagging>"
ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
BLOCK_NOTHING = {"BlockPublicAcls": False}
LIFECYCLE_RULES = {
    "Rules": [{"ID": "a", "Filter": {"Prefix": "none/"}, "Status": "Enabled", "Expiration": {"Days": 1000}}]
}
CORS_RULES = {"CORSRules": [{"AllowedOrigins": ["https://app.example"], "AllowedMethods": ["GET"]}]}
INVENTORY = {
    "Id": "i",
    "IsEnabled": False,
    "IncludedObjectVersions": "Current",
    "Schedule": {"Frequency": "Weekly"},
    "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::reports", "Format": "CSV"}},
}
WRITERS = {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}

LOCK = {"ObjectLockMode": "GOVERNANCE", "ObjectLockRetainUntilDate": "2100-01-01T00:00:00Z", "ObjectLockLegalHoldStatus": "ON"}
LOCK_FIELDS = {
    "x-amz-object-lock-mode": "GOVERNANCE",
    "x-amz-object-lock-retain-until-date": "2100-01-01T00:00:00Z",
    "x-amz-object-lock-legal-hold": "ON",
}


def bucket_call(method, **more):
    return lambda s3, w: getattr(s3, method)(Bucket=w.bucket, **more)


def object_call(method, **more):
    return lambda s3, w: getattr(s3, method)(Bucket=w.bucket, Key=w.key, **more)


def version_call(method, **more):
    return lambda s3, w: getattr(s3, method)(Bucket=w.bucket, Key=w.key, VersionId=w.version(), **more)


def copy_call(source_key="source", version=False, **more):
    def call(s3, w):
        source = {"Bucket": w.source, "Key": source_key}
        if version:
            source["VersionId"] = w.source_version()
        s3.copy_object(Bucket=w.bucket, Key=w.key, CopySource=source, **more)

    return call


def part_call(s3, w):
    s3.upload_part(Bucket=w.bucket, Key=w.key, UploadId=w.upload(), PartNumber=1, Body=b"part")


def part_copy_call(s3, w):
    s3.upload_part_copy(
        Bucket=w.bucket,
        Key=w.key,
        UploadId=w.upload(),
        PartNumber=1,
        CopySource={"Bucket": w.source, "Key": "source"},
    )


def complete_call(s3, w):
    upload, parts = w.upload_with_part()
    s3.complete_multipart_upload(Bucket=w.bucket, Key=w.key, UploadId=upload, MultipartUpload={"Parts": parts})


def delete_many(version):
    def call(s3, w):
        target = {"Key": w.key}
        if version:
            target["VersionId"] = w.version()
        answer = s3.delete_objects(Bucket=w.bucket, Delete={"Objects": [target]})
        if "Errors" in answer:
            raise w.per_key_error(answer["Errors"][0])

    return call


def form_call(fields=None):
    """A browser's form under a policy that the caller signs."""

    def call(s3, w):
        own = fields or {}
        form = s3.generate_presigned_post(
            w.bucket, w.key, Fields=dict(own), Conditions=[{name: value} for name, value in own.items()]
        )
        w.post_form(form["url"], {**form["fields"], "file": ("a", b"x")})

    return call


def create_call(**more):
    def call(s3, w):
        s3.create_bucket(Bucket=w.new_bucket_name(), **more)

    return call


def delete_bucket_call(s3, w):
    s3.delete_bucket(Bucket=w.spare_bucket())


def policy_call(s3, w):
    s3.put_bucket_policy(Bucket=w.bucket, Policy=w.harmless_policy())


def delete_version_call(**more):
    return lambda s3, w: s3.delete_object(Bucket=w.bucket, Key=w.key, VersionId=w.version(), **more)


CALLS = {
    "ListBuckets": lambda s3, w: s3.list_buckets(),
    "CreateBucket": create_call(),
    "CreateBucket with ownership": create_call(ObjectOwnership="ObjectWriter"),
    "CreateBucket with access list": create_call(ACL="private"),
    "CreateBucket with Object Lock": create_call(ObjectLockEnabledForBucket=True),
    "CreateBucket with tags": create_call(CreateBucketConfiguration={"Tags": [{"Key": "a", "Value": "b"}]}),
    "HeadBucket": bucket_call("head_bucket"),
    "DeleteBucket": delete_bucket_call,
    "GetBucketLocation": bucket_call("get_bucket_location"),
    "GetBucketVersioning": bucket_call("get_bucket_versioning"),
    "PutBucketVersioning": bucket_call("put_bucket_versioning", VersioningConfiguration={"Status": "Enabled"}),
    "GetBucketEncryption": bucket_call("get_bucket_encryption"),
    "PutBucketEncryption": bucket_call("put_bucket_encryption", ServerSideEncryptionConfiguration=ENCRYPTION),
    "DeleteBucketEncryption": bucket_call("delete_bucket_encryption"),
    "GetBucketTagging": bucket_call("get_bucket_tagging"),
    "PutBucketTagging": bucket_call("put_bucket_tagging", Tagging=TAGS),
    "DeleteBucketTagging": bucket_call("delete_bucket_tagging"),
    "GetBucketAcl": bucket_call("get_bucket_acl"),
    "PutBucketAcl": bucket_call("put_bucket_acl", ACL="private"),
    "GetBucketPolicy": bucket_call("get_bucket_policy"),
    "PutBucketPolicy": policy_call,
    "DeleteBucketPolicy": bucket_call("delete_bucket_policy"),
    "GetBucketPolicyStatus": bucket_call("get_bucket_policy_status"),
    "GetPublicAccessBlock": bucket_call("get_public_access_block"),
    "PutPublicAccessBlock": bucket_call("put_public_access_block", PublicAccessBlockConfiguration=BLOCK_NOTHING),
    "DeletePublicAccessBlock": bucket_call("delete_public_access_block"),
    "GetBucketOwnershipControls": bucket_call("get_bucket_ownership_controls"),
    "PutBucketOwnershipControls": bucket_call("put_bucket_ownership_controls", OwnershipControls=WRITERS),
    "DeleteBucketOwnershipControls": bucket_call("delete_bucket_ownership_controls"),
    "GetBucketCors": bucket_call("get_bucket_cors"),
    "PutBucketCors": bucket_call("put_bucket_cors", CORSConfiguration=CORS_RULES),
    "DeleteBucketCors": bucket_call("delete_bucket_cors"),
    "GetBucketLifecycleConfiguration": bucket_call("get_bucket_lifecycle_configuration"),
    "PutBucketLifecycleConfiguration": bucket_call(
        "put_bucket_lifecycle_configuration", LifecycleConfiguration=LIFECYCLE_RULES
    ),
    "DeleteBucketLifecycle": bucket_call("delete_bucket_lifecycle"),
    "GetBucketWebsite": bucket_call("get_bucket_website"),
    "DeleteBucketWebsite": bucket_call("delete_bucket_website"),
    "GetBucketReplication": bucket_call("get_bucket_replication"),
    "DeleteBucketReplication": bucket_call("delete_bucket_replication"),
    "GetObjectLockConfiguration": bucket_call("get_object_lock_configuration"),
    "PutObjectLockConfiguration": bucket_call(
        "put_object_lock_configuration", ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
    ),
    "GetBucketRequestPayment": bucket_call("get_bucket_request_payment"),
    "GetBucketLogging": bucket_call("get_bucket_logging"),
    "PutBucketLogging": bucket_call("put_bucket_logging", BucketLoggingStatus={}),
    "PutBucketInventoryConfiguration": bucket_call(
        "put_bucket_inventory_configuration", Id="i", InventoryConfiguration=INVENTORY
    ),
    "GetBucketInventoryConfiguration": bucket_call("get_bucket_inventory_configuration", Id="i"),
    "ListBucketInventoryConfigurations": bucket_call("list_bucket_inventory_configurations"),
    "DeleteBucketInventoryConfiguration": bucket_call("delete_bucket_inventory_configuration", Id="i"),
    "PutBucketNotificationConfiguration": bucket_call(
        "put_bucket_notification_configuration", NotificationConfiguration={}
    ),
    "GetBucketNotificationConfiguration": bucket_call("get_bucket_notification_configuration"),
    "GetBucketAccelerateConfiguration": bucket_call("get_bucket_accelerate_configuration"),
    "ListObjects": bucket_call("list_objects"),
    "ListObjectsV2": bucket_call("list_objects_v2"),
    "ListObjectVersions": bucket_call("list_object_versions"),
    "ListMultipartUploads": bucket_call("list_multipart_uploads"),
    "GetObject": object_call("get_object"),
    "GetObject of a version": version_call("get_object"),
    "HeadObject": object_call("head_object"),
    "HeadObject of a version": version_call("head_object"),
    "GetObjectAttributes": object_call("get_object_attributes", ObjectAttributes=["ETag"]),
    "GetObjectAttributes of a version": version_call("get_object_attributes", ObjectAttributes=["ETag"]),
    "GetObjectTagging": object_call("get_object_tagging"),
    "GetObjectTagging of a version": version_call("get_object_tagging"),
    "PutObjectTagging": object_call("put_object_tagging", Tagging=TAGS),
    "PutObjectTagging of a version": version_call("put_object_tagging", Tagging=TAGS),
    "DeleteObjectTagging": object_call("delete_object_tagging"),
    "DeleteObjectTagging of a version": version_call("delete_object_tagging"),
    "GetObjectAcl": object_call("get_object_acl"),
    "GetObjectAcl of a version": version_call("get_object_acl"),
    "PutObjectAcl": object_call("put_object_acl", ACL="private"),
    "PutObjectAcl of a version": version_call("put_object_acl", ACL="private"),
    "GetObjectRetention": object_call("get_object_retention"),
    "GetObjectLegalHold": object_call("get_object_legal_hold"),
    "PutObjectRetention": object_call("put_object_retention", Retention={"Mode": "GOVERNANCE"}),
    "PutObjectRetention with bypass": object_call(
        "put_object_retention", Retention={"Mode": "GOVERNANCE"}, BypassGovernanceRetention=True
    ),
    "PutObjectLegalHold": object_call("put_object_legal_hold", LegalHold={"Status": "ON"}),
    "PutObject": object_call("put_object", Body=b"x"),
    "PutObject with tags": object_call("put_object", Body=b"x", Tagging="team=a"),
    "PutObject with retention and legal hold": object_call("put_object", Body=b"x", **LOCK),
    "PutObject with access list": object_call("put_object", Body=b"x", ACL="private"),
    "PutObject with grants": lambda s3, w: s3.put_object(
        Bucket=w.bucket, Key=w.key, Body=b"x", GrantRead=f"id={w.owner_id}"
    ),
    "PutObject if it matches": lambda s3, w: s3.put_object(
        Bucket=w.bucket, Key=w.key, Body=b"x", IfMatch=w.etag()
    ),
    "CopyObject": copy_call(),
    "CopyObject of a version": copy_call(version=True),
    "CopyObject of a tagged object": copy_call("tagged"),
    "CopyObject of a version of a tagged object": copy_call("tagged", version=True),
    "CopyObject with tags of its own": copy_call("tagged", TaggingDirective="REPLACE", Tagging="team=b"),
    "CopyObject with access list": copy_call(ACL="private"),
    "CopyObject with retention and legal hold": copy_call(**LOCK),
    "PostObject": form_call(),
    "PostObject with tags": form_call({"tagging": TAGGING_FIELD}),
    "PostObject with retention and legal hold": form_call(LOCK_FIELDS),
    "RestoreObject": object_call("restore_object", RestoreRequest={"Days": 1}),
    "UpdateObjectEncryption": lambda s3, w: s3.update_object_encryption(
        Bucket=w.bucket, Key=w.key, ObjectEncryption={"SSEKMS": {"KMSKeyArn": w.key_for_everybody()}}
    ),
    "DeleteObject": object_call("delete_object"),
    "DeleteObject of a version": delete_version_call(),
    "DeleteObject of a version with bypass": delete_version_call(BypassGovernanceRetention=True),
    "DeleteObjects": delete_many(version=False),
    "DeleteObjects of versions": delete_many(version=True),
    "CreateMultipartUpload": object_call("create_multipart_upload"),
    "CreateMultipartUpload with tags": object_call("create_multipart_upload", Tagging="team=a"),
    "CreateMultipartUpload with access list": object_call("create_multipart_upload", ACL="private"),
    "CreateMultipartUpload with retention and legal hold": object_call("create_multipart_upload", **LOCK),
    "UploadPart": part_call,
    "UploadPartCopy": part_copy_call,
    "ListParts": lambda s3, w: s3.list_parts(Bucket=w.bucket, Key=w.key, UploadId=w.upload()),
    "CompleteMultipartUpload": complete_call,
    "AbortMultipartUpload": lambda s3, w: s3.abort_multipart_upload(
        Bucket=w.bucket, Key=w.key, UploadId=w.upload()
    ),
}
