import { createHash, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Clock } from "@strongroom/base";
import type { RecordStore } from "@strongroom/iam";
import type { Config } from "../config.ts";
import { type DataFolder, writeCaFile } from "../folder/data-folder.ts";
import type { Logger } from "../log.ts";
import { ServerError } from "../server-error.ts";
import { isCurrent, isExpired, issueCertificate, type KeyedCertificate, makeAuthority } from "./authority.ts";
import { KeyedRecord } from "./keyed-record.ts";
import { certificateNames, newTicketKeys, secureContextOptions, type TlsIdentity } from "./tls-options.ts";

export interface TlsSourceOptions {
  readonly config: Pick<Config, "listen" | "domains" | "tls">;
  readonly folder: DataFolder;
  /** The authority's and the server's private key are kept here, sealed under `sealingKey`. */
  readonly records: RecordStore;
  readonly sealingKey: KeyObject;
  readonly clock: Clock;
  readonly log: Logger;
  /** How often files and dates are looked at; default 2 seconds. */
  readonly watchIntervalMs?: number;
}

const WATCH_INTERVAL_MS = 2000;
/** TLS 1.3 tickets carry a fresh key exchange, yet a ticket key should not live for ever. */
const TICKET_KEYS_LIFETIME_MS = 12 * 3_600_000;

/** Keeps the server's certificate: from files, reread when they change, or issued and renewed by its own authority. */
export class TlsSource {
  readonly #options: TlsSourceOptions;
  readonly #authorityRecord: KeyedRecord;
  readonly #certificateRecord: KeyedRecord;
  #current: TlsIdentity | null = null;
  #ticketKeys = newTicketKeys();
  #ticketKeysMs: number;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: TlsSourceOptions) {
    this.#options = options;
    this.#authorityRecord = new KeyedRecord(options.records, options.sealingKey, "authority");
    this.#certificateRecord = new KeyedRecord(options.records, options.sealingKey, "certificate");
    this.#ticketKeysMs = options.clock.nowMs();
  }

  /** The certificate to start with. Throws TlsUnusable. */
  async load(): Promise<TlsIdentity> {
    const identity = await this.#read();
    this.#current = identity;
    return identity;
  }

  /** Calls `onChange` whenever certificate, client authorities or ticket keys are new. A broken file keeps the old. */
  watch(onChange: (identity: TlsIdentity) => void): void {
    let lastFailure = "";
    this.#timer = setInterval(() => {
      this.#refresh(onChange).then(
        () => {
          lastFailure = "";
        },
        (error: unknown) => {
          const failure = error instanceof ServerError ? error.message : "unexpected failure";
          if (failure !== lastFailure)
            this.#options.log.error(
              { err: error, reason: failure },
              "certificate not reloaded; the one in use stays",
            );
          lastFailure = failure;
        },
      );
    }, this.#options.watchIntervalMs ?? WATCH_INTERVAL_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #refresh(onChange: (identity: TlsIdentity) => void): Promise<void> {
    const nowMs = this.#options.clock.nowMs();
    if (Math.abs(nowMs - this.#ticketKeysMs) > TICKET_KEYS_LIFETIME_MS) {
      this.#ticketKeys = newTicketKeys();
      this.#ticketKeysMs = nowMs;
    }
    const identity = await this.#read();
    if (this.#current !== null && fingerprint(identity) === fingerprint(this.#current)) return;
    this.#current = identity;
    this.#options.log.info("certificate or ticket keys replaced");
    onChange(identity);
  }

  async #read(): Promise<TlsIdentity> {
    const { certificate, clientCaFile } = this.#options.config.tls;
    const keyed = certificate === null ? await this.#ownCertificate() : readKeyedFiles(certificate);
    const clientCaPem = clientCaFile === null ? null : readPem(clientCaFile, "tls-client-ca");
    const identity = { ...keyed, clientCaPem, ticketKeys: this.#ticketKeys };
    try {
      createSecureContext(secureContextOptions(identity));
    } catch {
      throw new ServerError(
        "TlsUnusable",
        "invalid",
        "certificate and private key do not load or do not belong together",
      );
    }
    return identity;
  }

  async #ownCertificate(): Promise<KeyedCertificate> {
    const { clock, config, folder, log } = this.#options;
    const names = certificateNames(config);
    const nowMs = clock.nowMs();
    const authority = await this.#authority(nowMs);
    const stored = await this.#certificateRecord.find();
    if (stored !== null && isCurrent(stored.certificatePem, authority, names, nowMs)) return stored;
    const issued = await issueCertificate(authority, names, nowMs);
    await this.#certificateRecord.put(issued);
    writeCaFile(folder, authority.certificatePem);
    log.info({ names: names.length }, "server certificate issued");
    return issued;
  }

  async #authority(nowMs: number): Promise<KeyedCertificate> {
    const { folder } = this.#options;
    const stored = await this.#authorityRecord.find();
    if (stored !== null) {
      const authority = stored;
      if (this.#current === null) writeCaFile(folder, authority.certificatePem);
      if (!isExpired(authority.certificatePem, nowMs)) return authority;
    }
    const authority = await makeAuthority(nowMs);
    await this.#authorityRecord.put(authority);
    writeCaFile(folder, authority.certificatePem);
    return authority;
  }
}

function readKeyedFiles(files: { readonly certFile: string; readonly keyFile: string }): KeyedCertificate {
  return {
    certificatePem: readPem(files.certFile, "tls-cert"),
    privateKeyPem: readPem(files.keyFile, "tls-key"),
  };
}

function readPem(path: string, setting: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown error";
    throw new ServerError("TlsUnusable", "invalid", `cannot read ${setting} ${path}: ${reason}`);
  }
}

function fingerprint(identity: TlsIdentity): string {
  return createHash("sha256")
    .update(JSON.stringify([identity.certificatePem, identity.privateKeyPem, identity.clientCaPem]))
    .update(identity.ticketKeys)
    .digest("hex");
}
