import { element, type XmlElement } from "@strongroom/wire";
import { bucketPermission } from "../auth/object-permissions.ts";
import { s3Document } from "../http/s3-document.ts";
import type { Operation } from "../operation.ts";

interface FixedConfiguration {
  readonly name: string;
  readonly query: string;
  readonly action: string;
  readonly document: XmlElement;
}

/** Subresources that are the same on every bucket, because what would change them is not built. */
const CONFIGURATIONS: readonly FixedConfiguration[] = [
  {
    name: "GetBucketRequestPayment",
    query: "requestPayment",
    action: "s3:GetBucketRequestPayment",
    document: s3Document("RequestPaymentConfiguration", [element("Payer", "BucketOwner")]),
  },
  {
    name: "GetBucketAccelerateConfiguration",
    query: "accelerate",
    action: "s3:GetAccelerateConfiguration",
    document: s3Document("AccelerateConfiguration", []),
  },
];

export const fixedConfigurations: readonly Operation<void, void>[] = CONFIGURATIONS.map(
  ({ name, query, action, document }) => ({
    name,
    route: { method: "GET", level: "bucket", query: [query] },
    read: () => {},
    permissions: bucketPermission(action),
    run: async () => {},
    write: (_output, response) => response.sendXml(document),
  }),
);
