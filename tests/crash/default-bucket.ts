import { xmlTexts } from "../harness/wire-client.ts";
import { History } from "./key-history.ts";
import { documentOf, type LaneClient } from "./lane-client.ts";
import type { Seal } from "./stored-value.ts";
import { PlainKey } from "./targets.ts";

const SETTABLE = ["sse-s3", "sse-kms", "bucket-key", "dsse-kms"] as const;

/** A bucket of one lane, whose default encryption it changes, and that it writes to without naming a scheme. */
export class DefaultBucket {
  readonly bucket: string;
  readonly keys: readonly PlainKey[];
  /** null: none was set. */
  readonly history = new History<Seal | null>(null, true);

  constructor(bucket: string) {
    this.bucket = bucket;
    this.keys = [0, 1].map((at) => new PlainKey(bucket, `by-default/${at}`));
  }

  async step(
    client: LaneClient,
    put: (key: PlainKey, sizeBytes: number, seal: Seal) => Promise<void>,
  ): Promise<void> {
    const seal = this.history.certain();
    if (seal == null || client.random() < 0.3) return this.#change(client);
    await put(client.pick(this.keys), client.random() < 0.7 ? 3000 : 140_000, seal);
  }

  async #change(client: LaneClient): Promise<void> {
    const seal = client.pickSeal(SETTABLE);
    const attempt = this.history.begin(seal);
    const document = documentOf(printDefault(seal));
    const request = { method: "PUT", bucket: this.bucket, query: { encryption: "" }, ...document };
    const response = await client.send("PutBucketEncryption", seal.scheme, request);
    if (response !== null) this.history.acknowledge(attempt);
  }
}

const SSE = "x-amz-server-side-encryption";

function printDefault({ headers }: Seal): string {
  const keyArn = headers[`${SSE}-aws-kms-key-id`];
  const key = keyArn === undefined ? "" : `<KMSMasterKeyID>${keyArn}</KMSMasterKeyID>`;
  const bucketKey = headers[`${SSE}-bucket-key-enabled`] ?? "false";
  return (
    `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>${headers[SSE]}</SSEAlgorithm>` +
    `${key}</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>${bucketKey}</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>`
  );
}

/** Whether a GetBucketEncryption document tells this default. */
export function tellsDefault(document: Buffer, seal: Seal | null): boolean {
  if (seal === null) return xmlTexts(document, "SSEAlgorithm")[0] === "AES256";
  const told = ["SSEAlgorithm", "KMSMasterKeyID", "BucketKeyEnabled"].map(
    (element) => xmlTexts(document, element)[0],
  );
  const { headers } = seal;
  const [algorithm, keyArn, bucketKey] = told;
  return (
    algorithm === headers[SSE] &&
    keyArn === headers[`${SSE}-aws-kms-key-id`] &&
    (bucketKey ?? "false") === (headers[`${SSE}-bucket-key-enabled`] ?? "false")
  );
}
