import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { freePort, groupCpuSeconds, groupResidentMiB, startChild, waitUntil } from "./child-server.ts";
import type { Peer } from "./peer.ts";

export const MINIO_HINT = "no minio found; have it by:  go install github.com/minio/minio@latest";

/** The path of a `minio` executable, on PATH or where `go install` puts it; null when there is none. */
export function findMinio(): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), join(homedir(), "go", "bin")];
  if (process.env["GOBIN"] !== undefined) folders.push(process.env["GOBIN"]);
  return folders.map((folder) => join(folder, "minio")).find((path) => existsSync(path)) ?? null;
}

/** What was built: the module version that Go recorded, else what `--version` says. */
function minioVersion(path: string): string {
  try {
    const info = execFileSync("go", ["version", "-m", path], { encoding: "utf8" });
    const found = /^\s*mod\s+\S+\s+(\S+)/m.exec(info)?.[1];
    if (found !== undefined) return found;
  } catch {
    // No Go toolchain beside it.
  }
  return execFileSync(path, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "unknown";
}

function makeCertificate(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const key = join(folder, "private.key");
  const certificate = join(folder, "public.crt");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"];
  execFileSync(
    "openssl",
    ["req", "-x509", ...curve, "-days", "2", ...subject, "-keyout", key, "-out", certificate],
    {
      stdio: "ignore",
    },
  );
  return readFileSync(certificate, "utf8");
}

function answers(port: number, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: "127.0.0.1", port, ca, path: "/minio/health/ready", timeout: 1_000 },
      (reply) => {
        reply.resume();
        resolve(reply.statusCode === 200);
      },
    );
    probe.on("error", () => resolve(false));
    probe.end();
  });
}

/**
 * MinIO on one drive, TLS, SSE-KMS of its own key on every object (automatic encryption). Its writes are
 * durable by default (files opened O_DSYNC, or fdatasync at the end); no setting is changed to weaken or help it.
 */
export async function startMinio(executable: string, folder: string): Promise<Peer> {
  const certificates = join(folder, "certs");
  const drive = join(folder, "drive");
  mkdirSync(drive, { recursive: true });
  const ca = makeCertificate(certificates);
  const port = await freePort();
  const accessKeyId = "benchmark";
  const secretAccessKey = randomBytes(20).toString("hex");
  const child = startChild(
    executable,
    ["server", "--quiet", "--address", `127.0.0.1:${port}`, "--certs-dir", certificates, drive],
    {
      PATH: process.env["PATH"],
      HOME: folder,
      MINIO_ROOT_USER: accessKeyId,
      MINIO_ROOT_PASSWORD: secretAccessKey,
      MINIO_KMS_SECRET_KEY: `my-key:${randomBytes(32).toString("base64")}`,
      MINIO_KMS_AUTO_ENCRYPTION: "on",
      MINIO_BROWSER: "off",
      MINIO_UPDATE: "off",
    },
  );
  await waitUntil(child, () => answers(port, ca), 30_000);
  return {
    name: "minio",
    version: minioVersion(executable),
    settings: {
      tls: "own certificate, ECDSA P-256",
      encryption: "MINIO_KMS_SECRET_KEY with MINIO_KMS_AUTO_ENCRYPTION=on",
      durability: "default (O_DSYNC, fdatasync)",
      drives: "1",
    },
    endpoint: { host: "127.0.0.1", port, ca, region: "us-east-1", accessKeyId, secretAccessKey },
    residentMiB: () => groupResidentMiB(child.process.pid),
    cpuSeconds: () => groupCpuSeconds(child.process.pid),
    stop: () => child.stop(),
  };
}
