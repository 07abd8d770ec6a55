import type { ExternalKms } from "@strongroom/kms";

const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/**
 * A key service over the AWS wire: AWS's own, or another one named by AWS_ENDPOINT_URL_KMS. Where it is and who asks
 * comes from the AWS variables and files of this process alone; the region is that of the key.
 */
export async function openAwsKms(): Promise<ExternalKms> {
  // Read only where a slot needs it: most servers never do, and it would double the time of their start.
  const { DecryptCommand, EncryptCommand, KMSClient } = await import("@aws-sdk/client-kms");
  const clientFor = (keyArn: string): InstanceType<typeof KMSClient> =>
    new KMSClient({
      region: keyArn.split(":")[3] ?? "",
      maxAttempts: ATTEMPTS,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        requestTimeout: ANSWER_TIMEOUT_MS,
        throwOnRequestTimeout: true,
      },
    });
  return {
    async encrypt({ keyArn, bytes, context }) {
      using client = disposable(clientFor(keyArn));
      const command = new EncryptCommand({
        KeyId: keyArn,
        Plaintext: bytes,
        EncryptionContext: { ...context },
      });
      return (await client.it.send(command)).CiphertextBlob ?? new Uint8Array();
    },
    async decrypt({ keyArn, bytes, context }) {
      using client = disposable(clientFor(keyArn));
      const command = new DecryptCommand({
        KeyId: keyArn,
        CiphertextBlob: bytes,
        EncryptionContext: { ...context },
      });
      return (await client.it.send(command)).Plaintext ?? new Uint8Array();
    },
  };
}

function disposable<Client extends { destroy(): void }>(it: Client): Disposable & { readonly it: Client } {
  return { it, [Symbol.dispose]: () => it.destroy() };
}
