import type { Clock } from "@strongroom/base";
import type { KeyAuthorizer } from "../access/key-authorizer.ts";
import type { KeyPolicies } from "../access/key-policies.ts";
import type { PrincipalDirectory } from "../access/principal-directory.ts";
import type { Aliases } from "../aliases/aliases.ts";
import type { SubKeys } from "../ciphertext-blob/sub-keys.ts";
import type { Grants } from "../grants/grants.ts";
import type { CustomKeyStores } from "../key-stores/custom-key-stores.ts";
import type { ImportTokens } from "../keys/import-tokens.ts";
import type { Keys } from "../keys/keys.ts";
import type { KmsRecords } from "../keys/kms-records.ts";
import type { LastUsages } from "../keys/last-usage.ts";
import type { Materials } from "../keys/materials.ts";

/** What operations may use; built once by `createKeyService`. */
export interface KmsServices {
  readonly records: KmsRecords;
  readonly keys: Keys;
  readonly aliases: Aliases;
  readonly grants: Grants;
  readonly materials: Materials;
  readonly customKeyStores: CustomKeyStores;
  readonly importTokens: ImportTokens;
  readonly lastUsages: LastUsages;
  readonly subKeys: SubKeys;
  readonly authorizer: KeyAuthorizer;
  readonly principals: PrincipalDirectory;
  readonly policies: KeyPolicies;
  readonly clock: Clock;
  /** Where keys can live; requests come for one of them. */
  readonly regions: readonly string[];
}
