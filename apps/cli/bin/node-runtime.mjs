// Finds the Node.js this program is written for. Runs on any Node.js >= 20, so it stays plain JavaScript.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";

export const REQUIRED_MAJOR = 26;
/** libuv's pool does file reads, fsync and key derivation; its default of 4 threads starves them under load. */
const THREADS = "16";
const require = createRequire(import.meta.url);

/** The path of a Node.js 26 executable: the running one when it is new enough, else the pinned platform package. */
export function findNode() {
  if (Number(process.versions.node.split(".")[0]) >= REQUIRED_MAJOR) return process.execPath;
  const names = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];
  for (const name of names) {
    try {
      return require.resolve(`${name}/bin/node`);
    } catch {
      // Not installed for this platform: the caller says what to do.
    }
  }
  return null;
}

/**
 * Runs `args` under Node.js 26 with this process's streams. Where Node.js can, the process becomes the new one, so
 * that signals and exit codes need no passing on; else a child runs, gets the signals and lends its exit code.
 */
export function runUnderNode(args) {
  const node = findNode();
  if (node === null) {
    process.stderr.write(
      `strongroom needs Node.js ${REQUIRED_MAJOR}; this is ${process.version} and the pinned runtime is not installed.\n` +
        `Run:  npm install --no-save node-${process.platform}-${process.arch}@26.10.0\n` +
        `or start it with a Node.js ${REQUIRED_MAJOR} of your own.\n`,
    );
    process.exit(69);
  }
  const environment = { ...process.env, UV_THREADPOOL_SIZE: process.env.UV_THREADPOOL_SIZE ?? THREADS };
  if (typeof process.execve === "function" && process.platform !== "win32" && process.channel === undefined) {
    process.execve(node, [node, ...args], environment);
  }
  runAsChild(node, args, environment);
}

function runAsChild(node, args, environment) {
  // The channel tells the child when this process is gone, even when it was killed.
  const child = spawn(node, args, { stdio: ["inherit", "inherit", "inherit", "ipc"], env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`cannot start ${node}: ${error.message}\n`);
    process.exit(70);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 70);
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}
