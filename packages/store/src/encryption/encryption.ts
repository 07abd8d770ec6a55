/** Pairs that a customer's key is used under: not secret, kept with the object, shown to the key service. */
export type KeyContext = Readonly<Record<string, string>>;

/** How a write is to be sealed, as request and bucket say it. Nothing may guess one. */
export type EncryptionPlan =
  | { readonly scheme: "sse-s3" }
  | {
      readonly scheme: "sse-kms";
      /** As the request or the bucket names it: ARN, id, alias. */
      readonly keyId: string;
      /** The requester's own pairs. */
      readonly context: KeyContext;
      /** Use a key of the bucket's, which saves calls to the key service. */
      readonly bucketKey: boolean;
    }
  | { readonly scheme: "dsse-kms"; readonly keyId: string; readonly context: KeyContext }
  | { readonly scheme: "sse-c" };

/** How an object or upload was sealed: what its record keeps. Holds no key in the clear. */
export type ObjectEncryption =
  | { readonly scheme: "sse-s3" }
  | {
      readonly scheme: "sse-kms";
      readonly keyArn: string;
      readonly context: KeyContext;
      readonly bucketKey: boolean;
      /** The key-encryption key of the object's data keys, wrapped by the key service. */
      readonly wrappedKey: Uint8Array;
    }
  | {
      readonly scheme: "dsse-kms";
      readonly keyArn: string;
      readonly context: KeyContext;
      readonly wrappedKey: Uint8Array;
    }
  | {
      readonly scheme: "sse-c";
      readonly salt: Uint8Array;
      /** Tells a wrong customer's key from the right one; says nothing about either. */
      readonly checkValue: Uint8Array;
    };

export type EncryptionScheme = ObjectEncryption["scheme"];

/** Of the schemes whose key-encryption key the key service gave out. */
export type KmsEncryption = Extract<ObjectEncryption, { readonly scheme: "sse-kms" | "dsse-kms" }>;
