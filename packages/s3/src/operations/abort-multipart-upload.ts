import type { UploadSelector } from "@strongroom/store";
import { objectPermission } from "../auth/object-permissions.ts";
import { readUploadAddress } from "../object/upload-address.ts";
import type { Operation } from "../operation.ts";

/** Ends an upload and lets go of its parts. */
export const abortMultipartUpload: Operation<UploadSelector, void> = {
  name: "AbortMultipartUpload",
  route: { method: "DELETE", level: "object", query: ["uploadId"] },
  read: readUploadAddress,
  permissions: objectPermission("s3:AbortMultipartUpload"),
  run: (input, { store }) => store.abortMultipartUpload(input),

  write(_output, response) {
    response.status(204).sendEmpty();
  },
};
