import { changeBucketConfiguration, setNotification } from "./buckets/change-bucket.ts";
import { createBucket } from "./buckets/create-bucket.ts";
import { deleteBucket } from "./buckets/delete-bucket.ts";
import { listBuckets } from "./buckets/list-buckets.ts";
import { setObjectLock, setVersioning } from "./buckets/object-lock.ts";
import { readBucket } from "./buckets/read-bucket.ts";
import { requireReadKeys } from "./encryption/encryptor.ts";
import type { Engine } from "./engine.ts";
import { listMultipartUploads } from "./listing/list-multipart-uploads.ts";
import { listObjectVersions } from "./listing/list-object-versions.ts";
import { listObjects } from "./listing/list-objects.ts";
import { abortMultipartUpload } from "./multipart/abort-multipart-upload.ts";
import { completeMultipartUpload } from "./multipart/complete-multipart-upload.ts";
import { createMultipartUpload } from "./multipart/create-multipart-upload.ts";
import { listObjectParts, listUploadParts } from "./multipart/list-parts.ts";
import { readUpload, toMultipartUpload } from "./multipart/read-upload.ts";
import { uploadPart, uploadPartCopy } from "./multipart/upload-part.ts";
import type { ObjectStore } from "./object-store.ts";
import { copyObject } from "./objects/copy-object.ts";
import { deleteObject } from "./objects/delete-object.ts";
import { requireVersion } from "./objects/find-version.ts";
import { describeObject, openObject } from "./objects/open-object.ts";
import { putObject } from "./objects/put-object.ts";
import { setAccessList, setLegalHold, setRestored, setRetention, setTags } from "./objects/set-attributes.ts";
import { toStoredVersion } from "./objects/stored-version.ts";
import { updateEncryption } from "./objects/update-encryption.ts";

/** The engine's operations, each in its own file, behind the `ObjectStore` contract. */
export function createObjectStore(engine: Engine): ObjectStore {
  return {
    createBucket: (input) => createBucket(engine, input),
    requireBucket: async (bucket) => (await readBucket(engine, bucket)).bucket,
    listBuckets: (input) => listBuckets(engine, input),
    deleteBucket: (bucket) => deleteBucket(engine, bucket),
    setVersioning: (bucket, versioning) => setVersioning(engine, bucket, versioning),
    setObjectLock: (bucket, objectLock) => setObjectLock(engine, bucket, objectLock),
    setBucketConfiguration: (bucket, name, document) =>
      changeBucketConfiguration(engine, bucket, name, () => document),
    changeBucketConfiguration: (bucket, name, change) =>
      changeBucketConfiguration(engine, bucket, name, change),
    setNotification: (input) => setNotification(engine, input),
    putObject: (input) => putObject(engine, input),
    readVersion: async (input) => {
      const { record, isLatest } = await requireVersion(engine, input);
      if (input.keys !== undefined) requireReadKeys(record.encryption, input.keys);
      return toStoredVersion(input.objectKey, record, isLatest);
    },
    openObject: (input) => openObject(engine, input),
    describeObject: (input) => describeObject(engine, input),
    listParts: (input) => listObjectParts(engine, input),
    copyObject: (input) => copyObject(engine, input),
    updateEncryption: (input) => updateEncryption(engine, input),
    deleteObject: (input) => deleteObject(engine, input),
    setTags: (input, tags) => setTags(engine, input, tags),
    setAccessList: (input, accessList) => setAccessList(engine, input, accessList),
    setRestored: (input, restoredUntilMs) => setRestored(engine, input, restoredUntilMs),
    setRetention: (input, retention) => setRetention(engine, input, retention),
    setLegalHold: (input, legalHold) => setLegalHold(engine, input, legalHold),
    listObjects: (input) => listObjects(engine, input),
    listObjectVersions: (input) => listObjectVersions(engine, input),
    createMultipartUpload: (input) => createMultipartUpload(engine, input),
    requireUpload: async (input) =>
      toMultipartUpload(input.objectKey, (await readUpload(engine, input)).upload),
    uploadPart: (input) => uploadPart(engine, input),
    uploadPartCopy: (input) => uploadPartCopy(engine, input),
    listUploadParts: (input) => listUploadParts(engine, input),
    listMultipartUploads: (input) => listMultipartUploads(engine, input),
    completeMultipartUpload: (input) => completeMultipartUpload(engine, input),
    abortMultipartUpload: (input) => abortMultipartUpload(engine, input),
  };
}
