import type { KeyObject } from "node:crypto";
import type { Clock } from "@strongroom/base";
import type { KeyAuthorizer } from "./access/key-authorizer.ts";
import { KeyPolicies } from "./access/key-policies.ts";
import type { KmsCaller } from "./access/kms-caller.ts";
import type { PrincipalDirectory } from "./access/principal-directory.ts";
import { Aliases } from "./aliases/aliases.ts";
import type { KmsOutput } from "./api/kms-operation.ts";
import type { KmsServices } from "./api/kms-services.ts";
import { findOperation } from "./api/operations/index.ts";
import { SubKeys } from "./ciphertext-blob/sub-keys.ts";
import {
  type CurrentMaterial,
  type DataKeyRequest,
  type DecryptedDataKey,
  type DecryptRequest,
  decrypt,
  findCurrentMaterial,
  type GeneratedDataKey,
  generateDataKey,
  resolveKeyArn,
} from "./data-path.ts";
import { Grants } from "./grants/grants.ts";
import { CustomKeyStores } from "./key-stores/custom-key-stores.ts";
import type { KeyDevices } from "./key-stores/key-device.ts";
import type { ErasableSecrets } from "./keys/erasable-secrets.ts";
import { ImportTokens } from "./keys/import-tokens.ts";
import { parseKmsArn } from "./keys/key-id.ts";
import { Keys } from "./keys/keys.ts";
import { KmsRecords, type RecordsWithCommits } from "./keys/kms-records.ts";
import { LastUsages } from "./keys/last-usage.ts";
import { type MaintenanceReport, type OfKey, Upkeep } from "./keys/maintenance.ts";
import { Materials } from "./keys/materials.ts";
import { deriveServiceKeys } from "./keys/service-keys.ts";
import { KmsError } from "./kms-error.ts";

export interface KeyServiceOptions {
  readonly records: RecordsWithCommits;
  readonly secrets: ErasableSecrets;
  /** `RootKeys.keyServiceSealing`. */
  readonly sealingKey: KeyObject;
  readonly authorizer: KeyAuthorizer;
  readonly principals: PrincipalDirectory;
  readonly clock: Clock;
  /** Where keys can live: the server's own region first. */
  readonly regions: readonly string[];
  /** Whether uses count for GetKeyLastUsage; default true. False for the system's own verification. */
  readonly notesUses?: boolean;
  /** What custom key stores may stand for; absent: there is nothing. */
  readonly devices?: KeyDevices;
}

/** Operations that count as a use of their key (GetKeyLastUsage). */
const USES: ReadonlySet<string> = new Set([
  "Decrypt",
  "DeriveSharedSecret",
  "Encrypt",
  "GenerateDataKey",
  "GenerateDataKeyPair",
  "GenerateDataKeyPairWithoutPlaintext",
  "GenerateDataKeyWithoutPlaintext",
  "GenerateMac",
  "ReEncrypt",
  "Sign",
  "Verify",
  "VerifyMac",
  "Encapsulate",
  "Decapsulate",
]);

/** The key service of one process. All state is in its records; any number of processes share them. */
export class KeyService {
  readonly #services: KmsServices;
  readonly #upkeep: Upkeep;
  readonly #notesUses: boolean;

  constructor(options: KeyServiceOptions) {
    const records = new KmsRecords(options.records);
    const serviceKeys = deriveServiceKeys(options.sealingKey);
    const customKeyStores = new CustomKeyStores({
      records,
      passwordKey: serviceKeys.storePasswordSealing,
      devices: options.devices ?? null,
    });
    this.#services = {
      records,
      customKeyStores,
      keys: new Keys(records, customKeyStores),
      aliases: new Aliases(records),
      grants: new Grants(records),
      materials: new Materials(serviceKeys, options.secrets, options.clock),
      importTokens: new ImportTokens(serviceKeys, options.secrets, records),
      lastUsages: new LastUsages(records),
      subKeys: new SubKeys(),
      authorizer: options.authorizer,
      principals: options.principals,
      policies: new KeyPolicies(),
      clock: options.clock,
      regions: options.regions,
    };
    this.#upkeep = new Upkeep(this.#services);
    this.#notesUses = options.notesUses !== false;
  }

  /** Runs one operation of the AWS API. `input` is the parsed body. Throws `KmsError` and `Json11Error`. */
  async execute(operationName: string, input: unknown, caller: KmsCaller): Promise<KmsOutput> {
    const operation = findOperation(operationName);
    if (operation === null) throw new KmsError("UnknownOperationException", "");
    const output = await operation.execute(input, { caller, services: this.#services });
    if (USES.has(operationName)) this.#noteUse(operationName, [output?.["KeyId"], output?.["SourceKeyId"]]);
    return output;
  }

  /** A fresh data key for one of our own services, in its requester's name. Throws as GenerateDataKey does. */
  async generateDataKey(request: DataKeyRequest): Promise<GeneratedDataKey> {
    const generated = await generateDataKey(this.#services, request);
    this.#noteUse("GenerateDataKey", [generated.keyArn]);
    return generated;
  }

  /** Opens a data key for one of our own services, in its requester's name. Throws as Decrypt does. */
  async decrypt(request: DecryptRequest): Promise<DecryptedDataKey> {
    const decrypted = await decrypt(this.#services, request);
    this.#noteUse("Decrypt", [decrypted.keyArn]);
    return decrypted;
  }

  /** See `resolveKeyArn` of the data path. */
  resolveKeyArn(caller: KmsCaller, keyId: string): Promise<string> {
    return resolveKeyArn(this.#services, caller, keyId);
  }

  /** See `findCurrentMaterial` of the data path. */
  findCurrentMaterial(caller: KmsCaller, keyId: string): Promise<CurrentMaterial> {
    return findCurrentMaterial(this.#services, caller, keyId);
  }

  /** Equal answers mean that no key, policy, alias or grant changed in between, in any process. */
  generation(): Promise<string> {
    return this.#services.records.generation();
  }

  /** See `maintainKeys`: to be called now and then by one process. */
  maintain(onFailure: OfKey, onLeft: OfKey = onFailure): Promise<MaintenanceReport> {
    return this.#upkeep.run(onFailure, onLeft);
  }

  /** Lets go of opened key material that was not used for a while: to be called now and then by every process. */
  dropIdle(): void {
    this.#services.materials.dropIdle();
    // It only gives up what nobody needs: the next call makes up for one that fails.
    this.#services.customKeyStores.closeUnused().catch(() => {});
  }

  #noteUse(operation: string, keyArns: readonly unknown[]): void {
    if (!this.#notesUses) return;
    const { lastUsages, clock } = this.#services;
    for (const text of keyArns) {
      const arn = typeof text === "string" ? parseKmsArn(text) : null;
      if (arn !== null) lastUsages.note(arn.region, arn.resource.slice(4), operation, clock.nowMs());
    }
  }
}
