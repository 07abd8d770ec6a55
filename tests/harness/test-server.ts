import assert from "node:assert/strict";
import { type ClientEnvironment, readClientEnvironment } from "./client-environment.ts";
import { makeScratchFolder, type ScratchFolder } from "./scratch-folder.ts";
import { type ServeOptions, type StrongroomProcess, startStrongroom } from "./strongroom-process.ts";
import { WireClient } from "./wire-client.ts";

/** One server over a folder of its own, with a client that holds its root credentials. */
export interface TestServer {
  readonly folder: ScratchFolder;
  readonly process: StrongroomProcess;
  readonly environment: ClientEnvironment;
  readonly client: WireClient;
  makeBucket(bucket: string): Promise<void>;
  /** Stops the server, asserts that it ended with 0, and removes the folder. */
  close(): Promise<void>;
}

export async function startTestServer(
  name: string,
  options: Partial<Omit<ServeOptions, "dataDir" | "rootKeyFile">> & { readonly dataDir?: string } = {},
): Promise<TestServer> {
  const folder = makeScratchFolder(name);
  const process = await startStrongroom({
    dataDir: folder.dataDir,
    rootKeyFile: folder.rootKeyFile,
    logFile: folder.logFile,
    ...options,
  });
  const environment = await readClientEnvironment(process);
  const client = new WireClient(environment);
  return {
    folder,
    process,
    environment,
    client,
    async makeBucket(bucket) {
      const response = await client.request({ method: "PUT", bucket });
      assert.equal(response.status, 200, `CreateBucket ${bucket}: ${response.body}`);
    },
    async close() {
      client.close();
      const exit = await process.stop();
      folder.remove();
      assert.deepEqual(
        exit,
        { code: 0, signal: null },
        `the server ended badly: ${process.output.slice(-2000)}`,
      );
    },
  };
}
