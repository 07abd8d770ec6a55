/** What the environment says of the store and the key service, besides what the AWS SDK reads by itself. */
export interface AwsSettings {
  /** A PEM file of authorities to trust besides the built-in ones; null when none is named. */
  readonly caBundleFile: string | null;
  /** Whether S3 is somewhere else than at Amazon. */
  readonly isElsewhere: boolean;
}

export function readAwsSettings(environment: Readonly<NodeJS.ProcessEnv> = process.env): AwsSettings {
  const text = (name: string): string | null => environment[name] || null;
  return {
    caBundleFile: text("AWS_CA_BUNDLE"),
    isElsewhere: (text("AWS_ENDPOINT_URL_S3") ?? text("AWS_ENDPOINT_URL")) !== null,
  };
}
