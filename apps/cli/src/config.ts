/** What the environment says of the store and the key service, besides what the AWS SDK reads by itself. */
export interface AwsSettings {
  /** A PEM file of authorities to trust besides the built-in ones; null when none is named. */
  readonly caBundleFile: string | null;
  /** Whether S3 is somewhere else than at Amazon. */
  readonly isElsewhere: boolean;
  /** null: Amazon's. */
  readonly endpoint: string | null;
}

export function readAwsSettings(environment: Readonly<NodeJS.ProcessEnv> = process.env): AwsSettings {
  const text = (name: string): string | null => environment[name] || null;
  const endpoint = text("AWS_ENDPOINT_URL_S3") ?? text("AWS_ENDPOINT_URL");
  return { caBundleFile: text("AWS_CA_BUNDLE"), isElsewhere: endpoint !== null, endpoint };
}

/** An access key, as the AWS SDK takes it. */
export interface SourceCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What the environment says of the place to import from. */
export interface ImportSettings {
  /** null: not both halves of a key are there. */
  readonly sourceCredentials: SourceCredentials | null;
  /** `NAME:BASE64`, as the MinIO server has it; null when it is not set. */
  readonly minioKmsKey: string | null;
}

export function readImportSettings(environment: Readonly<NodeJS.ProcessEnv> = process.env): ImportSettings {
  const {
    STRONGROOM_IMPORT_ACCESS_KEY_ID: accessKeyId,
    STRONGROOM_IMPORT_SECRET_ACCESS_KEY: secretAccessKey,
    STRONGROOM_IMPORT_SESSION_TOKEN: sessionToken,
    MINIO_KMS_SECRET_KEY: minioKmsKey,
  } = environment;
  return {
    sourceCredentials:
      accessKeyId && secretAccessKey
        ? { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
        : null,
    minioKmsKey: minioKmsKey || null,
  };
}
