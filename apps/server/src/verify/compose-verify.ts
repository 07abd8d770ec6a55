import { TrailWriter } from "@strongroom/audit";
import { systemClock } from "@strongroom/base";
import { KeyService } from "@strongroom/kms";
import { auditFolder } from "../audit/audit-folder.ts";
import { AuditLog } from "../audit/audit-log.ts";
import { auditedKeyService } from "../audit/kms-events.ts";
import { composeEngine } from "../compose.ts";
import type { Config } from "../config.ts";
import { dataFolder } from "../folder/data-folder.ts";
import { s3Principals } from "../http/s3-principals.ts";
import { createLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { ErasableFiles } from "../storage/erasable-files.ts";
import { hsmDevices } from "../storage/hsm-devices.ts";
import { droppingIdle } from "../storage/idle-keys.ts";
import type { Vault } from "../vault.ts";
import { SYSTEM_AUTHORIZER, systemKeyService } from "./system-key-service.ts";
import { VerifyPass } from "./verify-pass.ts";

/** What a verification works with, beside a server or in it. */
export interface Verification {
  /** See `VerifyPassOptions`. */
  passOf(options: {
    readonly bucket: string | null;
    readonly pace: (readBytes: number) => Promise<void>;
  }): VerifyPass;
  close(): Promise<void>;
}

/** A report names this many findings; it counts all. */
const MAX_FINDINGS = 1_000;

/** The key service that asks no policy and keeps no note of uses: for what only looks, and gives nothing away. */
export function composeSystemKeys(
  config: Pick<Config, "dataDir" | "keyRegions" | "hsmClusters">,
  vault: Pick<Vault, "records" | "keyServiceKey" | "accounts" | "identities">,
): KeyService {
  return new KeyService({
    records: vault.records,
    secrets: new ErasableFiles(dataFolder(config.dataDir).keysDir),
    sealingKey: vault.keyServiceKey,
    authorizer: SYSTEM_AUTHORIZER,
    clock: systemClock,
    principals: s3Principals(vault.accounts, vault.identities),
    regions: config.keyRegions,
    devices: hsmDevices(config.hsmClusters),
    notesUses: false,
  });
}

/** The engine over the vault with the key service asked in the system's own name. Changes nothing but the trail. */
export function composeVerification(config: Config, vault: Vault): Verification {
  const clock = systemClock;
  const writer = new TrailWriter({ folder: auditFolder(config.dataDir), keys: vault.auditKeys, clock });
  const keyService = droppingIdle(composeSystemKeys(config, vault));
  const audited = auditedKeyService(keyService, new AuditLog(writer, clock));
  const engine = composeEngine(
    {
      config,
      vault,
      log: createLog("error"),
      metrics: new Metrics(),
      incarnation: "verify",
      isLive: () => true,
    },
    systemKeyService(audited),
  );
  const { index } = vault;
  const nowMs = () => clock.nowMs();
  return {
    passOf: (options) => new VerifyPass({ engine, index, nowMs, maxFindings: MAX_FINDINGS, ...options }),
    close: () => writer.close(),
  };
}
