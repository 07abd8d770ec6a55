import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError } from "./configuration/config-error.ts";
import { readEnvironment } from "./configuration/environment.ts";
import { parseConfigFile } from "./configuration/file.ts";
import type { HsmCluster } from "./configuration/hsm-setting.ts";
import { mergeSettings, type SettingSource, type SourcedValue } from "./configuration/merge.ts";
import type { SettingName, SettingValues } from "./configuration/schema.ts";
import {
  CONFIG_FILE_FLAG,
  CONFIG_FILE_VARIABLE,
  SETTING_NAMES,
  SETTINGS,
  variableOf,
} from "./configuration/schema.ts";
import type { Address, Setting } from "./configuration/setting.ts";

/** Everything the program was told, parsed once and frozen; passed down in slices. Paths are absolute. */
export interface Config {
  readonly dataDir: string;
  readonly rootKeyFile: string;
  /** The one slot that opens the root key; null: the key file. */
  readonly unsealWith: SettingValues["unseal-with"];
  readonly listen: Address;
  readonly insecureHttp: Address | null;
  /** Networks (CIDR) of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly newBucketsBlockSseC: boolean;
  readonly masterKeyDays: number;
  /** How long a day of a lifecycle rule lasts; 86,400,000 but in tests. */
  readonly lifecycleDayMs: number;
  /** How long events stay on the trail; 0: for ever. */
  readonly auditDays: number;
  /** Where the trail is delivered to; null: nowhere. */
  readonly auditBucket: SettingValues["audit-bucket"];
  readonly auditDeliveryMs: number;
  /** How often each process delivers access logs of buckets. */
  readonly accessLogMs: number;
  /** Of the background verification; 0: there is none. */
  readonly scrubBytesPerSecond: number;
  /** From pass to pass; 0: one after the other. */
  readonly scrubDays: number;
  readonly workers: number;
  readonly region: string;
  /** Regions of the key service, `region` first. */
  readonly keyRegions: readonly string[];
  /** What custom key stores may stand for. */
  readonly hsmClusters: readonly HsmCluster[];
  /** Host names under which `BUCKET.name` addresses a bucket. */
  readonly domains: readonly string[];
  readonly webhooks: readonly WebhookConfig[];
  /** Certificate authorities of webhooks beside the public ones. */
  readonly webhookCaFile: string | null;
  readonly tls: TlsFiles;
  readonly maxConnections: number;
  readonly drainMs: number;
  readonly logLevel: SettingValues["log-level"];
  /** Given credentials of the root account; null: those made at the first start. */
  readonly rootCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** Where events may be sent. Paths are absolute. */
export interface WebhookConfig {
  readonly name: string;
  readonly url: string;
  readonly tokenFile: string | null;
  readonly secretFile: string | null;
}

export interface TlsFiles {
  readonly certificate: { readonly certFile: string; readonly keyFile: string } | null;
  readonly clientCaFile: string | null;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Each setting as shown to the operator: secrets as `[set]`. */
  readonly shown: Readonly<Record<SettingName, SourcedValue>>;
}

/** Flags as given on the command line, by setting name; `config` names the file. */
export type Flags = Readonly<Record<string, string | undefined>>;

/**
 * Reads file, environment and flags (later wins) into one frozen value. The only place that reads `process.env`.
 * Throws `ConfigError`, whose message never contains a secret.
 */
export function loadConfig(
  flags: Flags,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): LoadedConfig {
  const { config: flaggedFile, ...flaggedSettings } = flags;
  const file = flaggedFile ?? environment[CONFIG_FILE_VARIABLE];
  const sources: SettingSource[] = [];
  if (file !== undefined)
    sources.push(parseConfigFile(file, readConfigFile(file, flaggedFile !== undefined)));
  sources.push(readEnvironment(environment));
  sources.push({ entries: flaggedSettings, originOf: (name) => `flag --${name}`, label: "flag" });
  const { values, shown } = mergeSettings(sources, environment);
  const config = toConfig(values, environment);
  forgetSecrets(environment);
  return {
    config,
    shown: {
      ...shown,
      "data-dir": { ...shown["data-dir"], text: config.dataDir },
      "root-key-file": { ...shown["root-key-file"], text: config.rootKeyFile },
    },
  };
}

/** Processes started later inherit the environment: secrets do not travel that way. */
function forgetSecrets(environment: Readonly<Record<string, string | undefined>>): void {
  if (environment !== process.env) return;
  for (const name of SETTING_NAMES) {
    const setting: Setting<unknown> = SETTINGS[name];
    if (setting.secret === true) delete process.env[variableOf(name)];
  }
}

function readConfigFile(path: string, fromFlag: boolean): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    const from = fromFlag ? CONFIG_FILE_FLAG : CONFIG_FILE_VARIABLE;
    throw new ConfigError(
      "UnreadableFile",
      `cannot read the configuration file ${path} (${from}): ${reason}`,
    );
  }
}

function toConfig(values: SettingValues, environment: Readonly<Record<string, string | undefined>>): Config {
  const dataDir = resolve(values["data-dir"]);
  const certFile = values["tls-cert"];
  const keyFile = values["tls-key"];
  if ((certFile === null) !== (keyFile === null)) {
    throw new ConfigError("InvalidSetting", "tls-cert and tls-key belong together: set both or neither");
  }
  const accessKeyId = values["root-access-key-id"];
  const secretAccessKey = values["root-secret-access-key"];
  if ((accessKeyId === null) !== (secretAccessKey === null)) {
    throw new ConfigError(
      "InvalidSetting",
      `${variableOf("root-access-key-id")} and ${variableOf("root-secret-access-key")} belong together: set both or neither`,
    );
  }
  return deepFreeze({
    dataDir,
    rootKeyFile: resolve(values["root-key-file"] ?? defaultRootKeyFile(dataDir, environment)),
    unsealWith: withAbsolutePath(values["unseal-with"]),
    listen: values.listen,
    insecureHttp: values["insecure-http"],
    trustedProxies: values["trusted-proxies"] ?? [],
    auditDays: values["audit-days"],
    auditBucket: values["audit-bucket"],
    auditDeliveryMs: values["audit-delivery-minutes"] * 60_000,
    accessLogMs: values["access-log-seconds"] * 1000,
    scrubBytesPerSecond: values["scrub-mib"] * 1024 * 1024,
    scrubDays: values["scrub-days"],
    masterKeyDays: values["master-key-days"],
    lifecycleDayMs: values["lifecycle-day-seconds"] * 1000,
    newBucketsBlockSseC: values["new-buckets-block-sse-c"] === "yes",
    workers: values.workers,
    region: values.region,
    keyRegions: [...new Set([values.region, ...(values["key-regions"] ?? [])])],
    hsmClusters: values["hsm-clusters"] ?? [],
    domains: values.domains,
    webhooks: toWebhooks(values),
    webhookCaFile: values["webhook-ca"] === null ? null : resolve(values["webhook-ca"]),
    tls: {
      certificate:
        certFile === null || keyFile === null
          ? null
          : { certFile: resolve(certFile), keyFile: resolve(keyFile) },
      clientCaFile: values["tls-client-ca"] === null ? null : resolve(values["tls-client-ca"]),
    },
    maxConnections: values["max-connections"],
    drainMs: values["drain-seconds"] * 1000,
    logLevel: values["log-level"],
    rootCredentials:
      accessKeyId === null || secretAccessKey === null ? null : { accessKeyId, secretAccessKey },
  });
}

function toWebhooks(values: SettingValues): readonly WebhookConfig[] {
  const webhooks = values.webhooks ?? [];
  for (const setting of ["webhook-tokens", "webhook-secrets"] as const) {
    const stray = (values[setting] ?? []).find(({ name }) => !webhooks.some((hook) => hook.name === name));
    if (stray === undefined) continue;
    throw new ConfigError("InvalidSetting", `${setting}: there is no webhook named ${stray.name}`);
  }
  const fileOf = (setting: "webhook-tokens" | "webhook-secrets", name: string): string | null => {
    const found = values[setting]?.find((entry) => entry.name === name);
    return found === undefined ? null : resolve(found.text);
  };
  return webhooks.map(({ name, text: url }) => ({
    name,
    url,
    tokenFile: fileOf("webhook-tokens", name),
    secretFile: fileOf("webhook-secrets", name),
  }));
}

/** Of this process, as it is now: what `passphrase:env:NAME` and systemd's credentials go by. */
export const variableOfProcess = (name: string): string | undefined => process.env[name];

/** Commands in other folders are told what the server was. */
function withAbsolutePath(opener: Config["unsealWith"]): Config["unsealWith"] {
  if (opener === null || !("source" in opener) || opener.source.kind !== "file") return opener;
  return { ...opener, source: { kind: "file", path: resolve(opener.source.path) } };
}

/** One file per data folder, in the user's configuration folder: a copied data folder does not carry its key. */
function defaultRootKeyFile(
  dataDir: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const base = environment["XDG_CONFIG_HOME"] || join(homedir(), ".config");
  const name = createHash("sha256").update(dataDir).digest("hex").slice(0, 16);
  return join(base, "strongroom", `${name}.root-key`);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) deepFreeze(part);
    Object.freeze(value);
  }
  return value;
}
