import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { callKms, kmsFields } from "../harness/kms-client.ts";
import { bytesOf } from "../harness/test-bytes.ts";
import { startTestServer, type TestServer } from "../harness/test-server.ts";
import { LARGE_BYTES, type ReadyTool, SCHEMES, type Scheme, SMALL_BYTES, type Tool } from "./tool.ts";
import { type Cell, runCell } from "./tool-cell.ts";

/** What became of one tool: its cells, or why it is not here. */
export type ToolOutcome = ToolCells | { readonly tool: Tool; readonly missing: string };

export interface ToolCells {
  readonly tool: Tool;
  readonly version: string;
  readonly cells: readonly Cell[];
}

/** One server with the buckets, the KMS key and the files that jobs need. */
export class ToolBench {
  readonly #server: TestServer;
  readonly #kmsKeyArn: string;
  readonly #small: string;
  readonly #large: string;

  private constructor(server: TestServer, kmsKeyArn: string) {
    this.#server = server;
    this.#kmsKeyArn = kmsKeyArn;
    this.#small = join(server.folder.path, "small");
    this.#large = join(server.folder.path, "large");
    writeFileSync(this.#small, bytesOf("tools small", SMALL_BYTES));
    writeFileSync(this.#large, bytesOf("tools large", LARGE_BYTES));
  }

  static async start(): Promise<ToolBench> {
    const server = await startTestServer("tools", { workers: 2 });
    const created = kmsFields(await callKms(server.client, "CreateKey"))["KeyMetadata"];
    assert.ok(typeof created === "object" && created !== null && "Arn" in created, "no KMS key was made");
    for (const bucket of new Set(Object.values(BUCKETS))) await server.makeBucket(bucket);
    await permitCustomerKeys(server, BUCKETS["sse-c"]);
    await setDefault(server, BUCKETS["bucket-kms"], String(created.Arn));
    return new ToolBench(server, String(created.Arn));
  }

  /** Runs tools two at a time: while one starts, another is served. `report` gets each when it is done. */
  async runAll(tools: readonly Tool[], report: (outcome: ToolOutcome) => void): Promise<void> {
    const waiting = [...tools];
    const lane = async (): Promise<void> => {
      for (let tool = waiting.shift(); tool !== undefined; tool = waiting.shift())
        report(await this.#run(tool));
    };
    await Promise.all([lane(), lane()]);
  }

  /** Builds or finds the tool and runs it under every scheme; never throws for what the tool does. */
  async #run(tool: Tool): Promise<ToolOutcome> {
    const opened = await tool.open();
    if ("missing" in opened) return { tool, missing: opened.missing };
    const cells: Cell[] = [];
    for (const scheme of SCHEMES) cells.push(await this.#runCell(tool, opened, scheme));
    return { tool, version: opened.version, cells };
  }

  #runCell(tool: Tool, ready: ReadyTool, scheme: Scheme): Promise<Cell> {
    const folder = join(this.#server.folder.path, `${tool.name}-${scheme}`);
    mkdirSync(folder);
    const job = {
      scheme,
      environment: this.#server.environment,
      bucket: BUCKETS[scheme],
      prefix: `${tool.name}/${scheme}/`,
      kmsKeyArn: this.#kmsKeyArn,
      customerKey: "a customer's key has 32 letters.",
      small: this.#small,
      large: this.#large,
      folder,
    };
    return runCell(tool, ready, job, this.#server.client);
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** What is asked for is never the default of the bucket: it is there because the tool asked. */
const BUCKETS: Readonly<Record<Scheme, string>> = {
  "sse-s3": "tools-kms",
  "sse-kms": "tools",
  "sse-c": "tools-sse-c",
  default: "tools",
  "bucket-kms": "tools-kms",
};

const permitCustomerKeys = (server: TestServer, bucket: string): Promise<void> =>
  putEncryption(
    server,
    bucket,
    "<ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>" +
      "<BlockedEncryptionTypes><EncryptionType>NONE</EncryptionType></BlockedEncryptionTypes>",
  );

const setDefault = (server: TestServer, bucket: string, kmsKeyArn: string): Promise<void> =>
  putEncryption(
    server,
    bucket,
    `<ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>${kmsKeyArn}</KMSMasterKeyID>` +
      "</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>true</BucketKeyEnabled>",
  );

async function putEncryption(server: TestServer, bucket: string, rule: string): Promise<void> {
  const body = Buffer.from(
    `<ServerSideEncryptionConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule>${rule}</Rule></ServerSideEncryptionConfiguration>`,
  );
  const response = await server.client.request({
    method: "PUT",
    bucket,
    query: { encryption: "" },
    headers: { "content-md5": createHash("md5").update(body).digest("base64") },
    body,
  });
  assert.equal(response.status, 200, `PutBucketEncryption: ${response.body}`);
}
