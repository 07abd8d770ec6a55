import { OPENER_FORMS, parseSlotOpener } from "@strongroom/kms";
import { parseHsmClusters } from "./hsm-setting.ts";
import {
  parseAddress,
  parseCount,
  parseHostNames,
  parseNetworks,
  parseOneOf,
  parseOwnedBucket,
  parseRegion,
  parseRegions,
  parseText,
  parseWorkers,
  type Setting,
} from "./setting.ts";
import { parseNamedTexts, parseWebhooks } from "./webhook-setting.ts";

/** Every setting there is, by its name in the file; the flag is `--name`, the variable `STRONGROOM_NAME`. */
export const SETTINGS = {
  "data-dir": {
    help: "folder that holds everything the server keeps",
    placeholder: "DIR",
    fallback: "./data",
    parse: parseText,
  },
  "root-key-file": {
    help: "file with the root key (default: in your configuration folder, outside the data)",
    placeholder: "FILE",
    fallback: null,
    parse: parseText,
  },
  "unseal-with": {
    help: `slot that opens the root key, instead of --root-key-file: ${OPENER_FORMS}`,
    placeholder: "METHOD:SOURCE",
    fallback: null,
    parse: parseSlotOpener,
  },
  listen: {
    help: "address of the TLS port",
    placeholder: "HOST:PORT",
    fallback: "127.0.0.1:9000",
    parse: parseAddress,
  },
  "insecure-http": {
    help: "address of an additional port without TLS",
    placeholder: "HOST:PORT",
    fallback: null,
    parse: parseAddress,
  },
  "trusted-proxies": {
    help: "networks of proxies whose X-Forwarded-For, X-Forwarded-Proto and Forwarded are believed, separated by commas",
    placeholder: "NETWORKS",
    fallback: null,
    parse: parseNetworks,
  },
  workers: {
    help: "number of server processes, or auto for one per core",
    placeholder: "N",
    fallback: "auto",
    parse: parseWorkers,
  },
  region: {
    help: "region the server signs for and reports",
    placeholder: "R",
    fallback: "us-east-1",
    parse: parseRegion,
  },
  "key-regions": {
    help: "further regions the key service answers for, separated by commas: where multi-Region keys can live",
    placeholder: "NAMES",
    fallback: null,
    parse: parseRegions,
  },
  "hsm-clusters": {
    help: "PKCS#11 tokens that accounts may make custom key stores of, separated by commas",
    placeholder: "CLUSTER@ACCOUNT=URI",
    fallback: null,
    parse: parseHsmClusters,
  },
  domains: {
    help: "host names under which buckets are also virtual hosts, separated by commas",
    placeholder: "NAMES",
    fallback: "localhost,s3.localhost",
    parse: parseHostNames,
  },
  "master-key-days": {
    help: "age in days at which the SSE-S3 master key is followed by a new one",
    placeholder: "N",
    fallback: "90",
    parse: parseCount(1, 3650),
  },
  "audit-days": {
    help: "how many days events stay on the audit trail; 0 keeps them for ever",
    placeholder: "N",
    fallback: "0",
    parse: parseCount(0, 36_500),
  },
  "lifecycle-day-seconds": {
    help: "how long a day of lifecycle rules and inventories lasts; another number than 86400 makes objects end early, for tests",
    placeholder: "N",
    fallback: "86400",
    parse: parseCount(1, 86_400),
  },
  "audit-bucket": {
    help: "bucket that the audit trail is delivered to, and the account that must own it (default: none)",
    placeholder: "ACCOUNT-ID/BUCKET",
    fallback: null,
    parse: parseOwnedBucket,
  },
  "audit-delivery-minutes": {
    help: "how often the audit trail is delivered to --audit-bucket",
    placeholder: "N",
    fallback: "15",
    parse: parseCount(1, 1440),
  },
  "access-log-seconds": {
    help: "how often access logs of buckets are delivered to the buckets that PutBucketLogging names",
    placeholder: "N",
    fallback: "300",
    parse: parseCount(1, 3600),
  },
  "scrub-mib": {
    help: "MiB a second at which everything stored is verified in the background; 0 turns that off",
    placeholder: "N",
    fallback: "16",
    parse: parseCount(0, 100_000),
  },
  "scrub-days": {
    help: "days from the beginning of one such pass to that of the next; 0: one after the other",
    placeholder: "N",
    fallback: "7",
    parse: parseCount(0, 3650),
  },
  "new-buckets-block-sse-c": {
    help: "yes or no: whether buckets refuse uploads under customers' keys until they are set to take them, as S3 does",
    placeholder: "YES",
    fallback: "yes",
    parse: parseOneOf("yes", "no"),
  },
  webhooks: {
    help: "webhooks that buckets may send events to, separated by commas: a name and an https address each",
    placeholder: "NAME=URL",
    fallback: null,
    parse: parseWebhooks,
  },
  "webhook-tokens": {
    help: "files with the bearer token of a webhook, separated by commas; read again for each delivery",
    placeholder: "NAME=FILE",
    fallback: null,
    parse: parseNamedTexts,
  },
  "webhook-secrets": {
    help: "files with the secret under which messages to a webhook are signed (HMAC-SHA256), separated by commas",
    placeholder: "NAME=FILE",
    fallback: null,
    parse: parseNamedTexts,
  },
  "webhook-ca": {
    help: "certificate authorities (PEM) of webhooks, in addition to the public ones",
    placeholder: "FILE",
    fallback: null,
    parse: parseText,
  },
  "tls-cert": {
    help: "certificate chain (PEM) instead of the server's own; reloaded when it changes",
    placeholder: "FILE",
    fallback: null,
    parse: parseText,
  },
  "tls-key": {
    help: "private key (PEM) of --tls-cert",
    placeholder: "FILE",
    fallback: null,
    parse: parseText,
  },
  "tls-client-ca": {
    help: "certificate authorities (PEM) one of which must have issued each client's certificate",
    placeholder: "FILE",
    fallback: null,
    parse: parseText,
  },
  "max-connections": {
    help: "open connections per process",
    placeholder: "N",
    fallback: "10000",
    parse: parseCount(1, 1_000_000),
  },
  "drain-seconds": {
    help: "time that requests in flight get to finish after SIGTERM",
    placeholder: "N",
    fallback: "30",
    parse: parseCount(0, 3600),
  },
  "log-level": {
    help: "error, warn, info, debug or trace",
    placeholder: "LEVEL",
    fallback: "info",
    parse: parseOneOf("error", "warn", "info", "debug", "trace"),
  },
  "root-access-key-id": {
    help: "access key id of the root account (default: made at the first start)",
    placeholder: "ID",
    fallback: null,
    parse: parseText,
    flag: false,
  },
  "root-secret-access-key": {
    help: "secret access key of the root account (default: made at the first start)",
    placeholder: "SECRET",
    fallback: null,
    parse: parseText,
    secret: true,
    flag: false,
  },
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;

/** The value of each setting; null where it has no fallback and was not given. */
export type SettingValues = {
  readonly [Name in SettingName]:
    | ReturnType<(typeof SETTINGS)[Name]["parse"]>
    | ((typeof SETTINGS)[Name]["fallback"] extends null ? null : never);
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** Names that say where the configuration itself is, not what it is. */
export const CONFIG_FILE_FLAG = "--config";
export const CONFIG_FILE_VARIABLE = "STRONGROOM_CONFIG";

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

export function flagOf(name: SettingName): string {
  return `--${name}`;
}

export function variableOf(name: SettingName): string {
  return `STRONGROOM_${name.toUpperCase().replaceAll("-", "_")}`;
}
