import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort } from "../../harness/strongroom-process.ts";
import { makeAuthority } from "../../harness/test-certificates.ts";

/** Of one erasure set: half of them may be missing. */
const DRIVES = 4;
const START_MS = 30_000;

/** The path of a `minio` executable, on PATH or where `go install` puts it; null when there is none. */
export function findMinio(): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), join(homedir(), "go", "bin")];
  return folders.map((folder) => join(folder, "minio")).find((path) => existsSync(path)) ?? null;
}

/** A real MinIO over TLS with a static KMS key, over four drives. */
export class MinioServer {
  readonly endpoint: string;
  readonly caFile: string;
  readonly ca: Buffer;
  readonly drives: readonly string[];
  readonly kmsKey: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly #child: ChildProcess;

  private constructor(fields: Omit<MinioServer, "stop">, child: ChildProcess) {
    this.endpoint = fields.endpoint;
    this.caFile = fields.caFile;
    this.ca = fields.ca;
    this.drives = fields.drives;
    this.kmsKey = fields.kmsKey;
    this.credentials = fields.credentials;
    this.#child = child;
  }

  static async start(executable: string, folder: string): Promise<MinioServer> {
    const certificates = join(folder, "certs");
    const drives = Array.from({ length: DRIVES }, (_, at) => join(folder, `drive${at + 1}`));
    mkdirSync(certificates, { recursive: true });
    for (const drive of drives) mkdirSync(drive);
    const authority = makeAuthority(folder, "minio");
    const { certificate, key } = authority.issue("server", true);
    writeFileSync(join(certificates, "public.crt"), certificate);
    writeFileSync(join(certificates, "private.key"), key);
    const port = await freePort();
    const credentials = { accessKeyId: "importer", secretAccessKey: randomBytes(20).toString("hex") };
    const kmsKey = `import-key:${randomBytes(32).toString("base64")}`;
    const flags = [
      "server",
      "--quiet",
      "--address",
      `127.0.0.1:${port}`,
      "--certs-dir",
      certificates,
      ...drives,
    ];
    const child = spawn(executable, flags, {
      stdio: "ignore",
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        MINIO_ROOT_USER: credentials.accessKeyId,
        MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
        MINIO_KMS_SECRET_KEY: kmsKey,
        // Drives of the test lie on the disk of the system, which it would refuse.
        MINIO_CI_CD: "1",
        MINIO_BROWSER: "off",
        MINIO_UPDATE: "off",
      },
    });
    process.once("exit", () => child.kill("SIGKILL"));
    const endpoint = `https://127.0.0.1:${port}`;
    const ca = authority.certificate;
    const fields = { endpoint, ca, caFile: authority.certificateFile, drives, kmsKey, credentials };
    for (const endMs = Date.now() + START_MS; !(await isReady(port, ca)); ) {
      if (Date.now() > endMs || child.exitCode !== null) throw new Error("MinIO did not become ready");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return new MinioServer(fields, child);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await ended;
  }
}

function isReady(port: number, ca: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { host: "127.0.0.1", port, ca, path: "/minio/health/ready", timeout: 1_000 };
    const probe = request(options, (reply) => {
      reply.resume();
      resolve(reply.statusCode === 200);
    });
    probe.on("error", () => resolve(false));
    probe.end();
  });
}
