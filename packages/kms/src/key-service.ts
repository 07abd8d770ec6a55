import type { KeyObject } from "node:crypto";
import type { Clock } from "@strongroom/base";
import type { KeyAuthorizer } from "./access/key-authorizer.ts";
import type { KmsCaller } from "./access/kms-caller.ts";
import { Aliases } from "./aliases/aliases.ts";
import type { KmsOutput } from "./api/kms-operation.ts";
import type { KmsServices } from "./api/kms-services.ts";
import { findOperation } from "./api/operations/index.ts";
import { SubKeys } from "./ciphertext-blob/sub-keys.ts";
import {
  type DataKeyRequest,
  type DecryptedDataKey,
  type DecryptRequest,
  decrypt,
  type GeneratedDataKey,
  generateDataKey,
  resolveKeyArn,
} from "./data-path.ts";
import { Grants } from "./grants/grants.ts";
import type { ErasableSecrets } from "./keys/erasable-secrets.ts";
import { ImportTokens } from "./keys/import-tokens.ts";
import { Keys } from "./keys/keys.ts";
import { KmsRecords, type RecordsWithCommits } from "./keys/kms-records.ts";
import { Materials } from "./keys/materials.ts";
import { deriveServiceKeys } from "./keys/service-keys.ts";
import { KmsError } from "./kms-error.ts";

export interface KeyServiceOptions {
  readonly records: RecordsWithCommits;
  readonly secrets: ErasableSecrets;
  /** `RootKeys.keyServiceSealing`. */
  readonly sealingKey: KeyObject;
  readonly authorizer: KeyAuthorizer;
  readonly clock: Clock;
  /** Where keys can live: the server's own region first. */
  readonly regions: readonly string[];
}

/** The key service of one process. All state is in its records; any number of processes share them. */
export class KeyService {
  readonly #services: KmsServices;

  constructor(options: KeyServiceOptions) {
    const records = new KmsRecords(options.records);
    const serviceKeys = deriveServiceKeys(options.sealingKey);
    this.#services = {
      records,
      keys: new Keys(records),
      aliases: new Aliases(records),
      grants: new Grants(records),
      materials: new Materials(serviceKeys, options.secrets),
      importTokens: new ImportTokens(serviceKeys, options.secrets, records),
      subKeys: new SubKeys(),
      authorizer: options.authorizer,
      clock: options.clock,
      regions: options.regions,
    };
  }

  /** Runs one operation of the AWS API. `input` is the parsed body. Throws `KmsError` and `Json11Error`. */
  execute(operationName: string, input: unknown, caller: KmsCaller): Promise<KmsOutput> {
    const operation = findOperation(operationName);
    if (operation === null) throw new KmsError("UnknownOperationException", "");
    return operation.execute(input, { caller, services: this.#services });
  }
  /** A fresh data key for one of our own services, in its requester's name. Throws as GenerateDataKey does. */
  generateDataKey(request: DataKeyRequest): Promise<GeneratedDataKey> {
    return generateDataKey(this.#services, request);
  }

  /** Opens a data key for one of our own services, in its requester's name. Throws as Decrypt does. */
  decrypt(request: DecryptRequest): Promise<DecryptedDataKey> {
    return decrypt(this.#services, request);
  }

  /** See `resolveKeyArn` of the data path. */
  resolveKeyArn(caller: KmsCaller, keyId: string): Promise<string> {
    return resolveKeyArn(this.#services, caller, keyId);
  }
}
