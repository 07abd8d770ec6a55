import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { S3Error } from "@strongroom/s3";
import { StoreError } from "@strongroom/store";
import { parseQuery, splitTarget, WireError } from "@strongroom/wire";
import type { AuditLog } from "../audit/audit-log.ts";
import type { ReadExplanation, SupposedPlace } from "../audit/explain-read.ts";
import type { SignatureCheck } from "./signature-check.ts";

const EMPTY_SHA256 = createHash("sha256").digest("hex");

export interface ExplainPageDependencies {
  readonly explain: (supposed: SupposedPlace) => Promise<ReadExplanation>;
  readonly checkSignature: SignatureCheck;
  readonly audit: AuditLog;
  readonly region: string;
}

export interface ExplainAnswer {
  readonly status: number;
  /** JSON. */
  readonly text: string;
}

/**
 * `GET /-/explain/read?bucket=BUCKET&key=KEY&from=ADDRESS`, signed for S3 by the root of the account that runs the
 * server: who could read the object, and who did. Nobody else learns whether there is such an object.
 */
export function createExplainPage(dependencies: ExplainPageDependencies) {
  const { explain, checkSignature, audit, region } = dependencies;
  return async (request: IncomingMessage): Promise<ExplainAnswer> => {
    const credential = await checkSignature(request, ["s3"], EMPTY_SHA256).catch(() => null);
    if (credential === null || !credential.account.isServerRoot || credential.principal.kind !== "root") {
      return { status: 403, text: '{"error":"forbidden"}' };
    }
    const query = parametersOf(request);
    const bucket = query?.get("bucket");
    const objectKey = query?.get("key");
    if (bucket === undefined || objectKey === undefined) {
      return { status: 400, text: '{"error":"name a bucket and a key"}' };
    }
    const sourceIp = query?.get("from") ?? "127.0.0.1";
    await audit.record({
      eventSource: "s3.amazonaws.com",
      eventName: "ExplainRead",
      principal: credential.principal,
      accountId: credential.account.accountId,
      region,
      readOnly: true,
      requestId: randomUUID(),
      error: null,
      requestParameters: { bucketName: bucket, key: objectKey, from: sourceIp },
      responseElements: null,
      resources: [{ type: "AWS::S3::Object", ARN: `arn:aws:s3:::${bucket}/${objectKey}` }],
      decisions: [],
    });
    try {
      return { status: 200, text: JSON.stringify(await explain({ bucket, objectKey, sourceIp })) };
    } catch (error) {
      if (!(error instanceof S3Error || error instanceof StoreError)) throw error;
      return { status: 404, text: JSON.stringify({ error: error.code }) };
    }
  };
}

/** null: not readable as a query. */
function parametersOf(request: IncomingMessage): ReadonlyMap<string, string> | null {
  try {
    const parameters = parseQuery(splitTarget(request.url ?? "/").rawQuery);
    return new Map(parameters.map(({ name, value }) => [name, value]));
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}
