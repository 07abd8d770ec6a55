import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { missingTool } from "./tool-lookup.ts";

const MODULES = [
  "/usr/lib/softhsm/libsofthsm2.so",
  "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
  "/usr/lib64/pkcs11/libsofthsm2.so",
];

/** A token in software, in a folder of the test's own. */
export interface SoftHsm {
  readonly modulePath: string;
  readonly token: string;
  readonly pin: string;
  /** A file with the PIN, for `pin-source`. */
  readonly pinFile: string;
  /** What processes that use the module need in their environment. */
  readonly environment: { readonly SOFTHSM2_CONF: string };
  uri(object: string): string;
}

/** Why SoftHSM cannot be used here, or false. */
export const noSoftHsm: string | false =
  missingTool("softhsm2-util", "--version") ||
  (MODULES.some(existsSync) ? false : "libsofthsm2.so is not installed");

/** Initialises a token below `folder`. */
export function makeSoftHsm(folder: string, token = "strongroom test"): SoftHsm {
  const modulePath = MODULES.find((path) => existsSync(path));
  if (modulePath === undefined) throw new Error("no SoftHSM here");
  const tokens = join(folder, "tokens");
  const conf = join(folder, "softhsm2.conf");
  const pinFile = join(folder, "pin");
  const pin = "correct-4711";
  mkdirSync(tokens, { recursive: true, mode: 0o700 });
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
  const environment = { SOFTHSM2_CONF: conf };
  const { status, stderr } = spawnSync(
    "softhsm2-util",
    ["--init-token", "--free", "--label", token, "--so-pin", "so-4711", "--pin", pin],
    { env: { ...process.env, ...environment }, encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`softhsm2-util: ${stderr}`);
  const uri = (object: string): string =>
    `pkcs11:token=${encodeURIComponent(token)};object=${encodeURIComponent(object)}?module-path=${modulePath}&pin-source=file:${pinFile}`;
  return { modulePath, token, pin, pinFile, environment, uri };
}
