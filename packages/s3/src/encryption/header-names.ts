/** The server-side-encryption header family (reference §1.1). */
export const SSE = "x-amz-server-side-encryption";
export const SSE_KMS_KEY_ID = `${SSE}-aws-kms-key-id`;
export const SSE_CONTEXT = `${SSE}-context`;
export const SSE_BUCKET_KEY = `${SSE}-bucket-key-enabled`;

/** A customer's key, in three headers that begin alike: `-algorithm`, `-key`, `-key-md5`. */
export const SSE_CUSTOMER = `${SSE}-customer`;
export const COPY_SOURCE_CUSTOMER = "x-amz-copy-source-server-side-encryption-customer";
export type CustomerKeyFamily = typeof SSE_CUSTOMER | typeof COPY_SOURCE_CUSTOMER;

const CUSTOMER_PARTS = ["algorithm", "key", "key-md5"] as const;

/** The three headers of each family: looked for in every request. */
export const CUSTOMER_KEY_HEADERS: Readonly<Record<CustomerKeyFamily, readonly string[]>> = {
  [SSE_CUSTOMER]: CUSTOMER_PARTS.map((part) => `${SSE_CUSTOMER}-${part}`),
  [COPY_SOURCE_CUSTOMER]: CUSTOMER_PARTS.map((part) => `${COPY_SOURCE_CUSTOMER}-${part}`),
};

export const KNOWN_SSE_HEADERS: ReadonlySet<string> = new Set([
  SSE,
  SSE_KMS_KEY_ID,
  SSE_CONTEXT,
  SSE_BUCKET_KEY,
  ...CUSTOMER_KEY_HEADERS[SSE_CUSTOMER],
  ...CUSTOMER_KEY_HEADERS[COPY_SOURCE_CUSTOMER],
]);
