import type { TextRule } from "./parameter-reader.ts";

export const ROLE_ARN_RULE: TextRule = { minLength: 20, maxLength: 2048 };

const NAME_PATTERN = { pattern: /^[\w+=,.@-]*$/, patternText: "[\\w+=,.@-]*" };
export const SESSION_NAME_RULE: TextRule = { minLength: 2, maxLength: 64, ...NAME_PATTERN };
export const FEDERATED_NAME_RULE: TextRule = { minLength: 2, maxLength: 32, ...NAME_PATTERN };
export const SOURCE_IDENTITY_RULE: TextRule = SESSION_NAME_RULE;
export const EXTERNAL_ID_RULE: TextRule = {
  minLength: 2,
  maxLength: 1224,
  pattern: /^[\w+=,.@:/-]*$/,
  patternText: "[\\w+=,.@:\\/-]*",
};
