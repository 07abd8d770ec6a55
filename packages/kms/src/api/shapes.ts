import { blob, flag, integer, listOf, mapOf, required, structure, text } from "@strongroom/wire";

/** Members that many operations share, with the limits of AWS's model (kms.md §1.2). */
export const KEY_ID = text({ min: 1, max: 2048 });
export const GRANT_TOKENS = listOf(text({ min: 1, max: 8192 }), { max: 10 });
export const ENCRYPTION_CONTEXT = mapOf(text());
export const CIPHERTEXT = blob({ min: 1, max: 6144 });
export const PLAINTEXT = blob({ min: 1, max: 4096 });
export const ALIAS_NAME = text({ min: 1, max: 256, pattern: /^[a-zA-Z0-9:/_-]+$/ });
export const DESCRIPTION = text({ max: 8192 });
export const POLICY = text({ min: 1, max: 131_072, pattern: /^[\u0009\u000A\u000D\u0020-\u00FF]+$/ });
export const POLICY_NAME = text({ min: 1, max: 128, pattern: /^[\w]+$/ });
export const MATERIAL_ID = text({ min: 64, max: 64, pattern: /^[a-f0-9]+$/ });
export const TAGS = listOf(
  structure({
    TagKey: required(text({ min: 1, max: 128 })),
    TagValue: required(text({ max: 256 })),
  }),
);
export const REGION = text({ min: 1, max: 32, pattern: /^([a-z]+-){2,3}\d+$/ });
export const PRINCIPAL = text({ min: 1, max: 256, pattern: /^[\w+=,.@:/-]+$/ });
export const SERVICE_PRINCIPAL = text({
  min: 1,
  max: 128,
  pattern: /^([A-Za-z0-9-]+)\.([A-Za-z0-9-]+)(\.[A-Za-z0-9-]+)+$/,
});
export const MARKER = text({ min: 1, max: 1024, pattern: /^[\u0020-\u00FF]*$/ });
export const LIMIT = integer({ min: 1, max: 1000 });
export const DRY_RUN = flag();

/** Attested recipients: refused where given, by `refuseRecipient`. */
export const RECIPIENT = structure({});

export const KEY_ONLY = structure({ KeyId: required(KEY_ID) });
