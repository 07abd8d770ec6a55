/** What a text must be, in the terms of AWS's model of IAM, which its messages quote. */
export interface TextConstraint {
  readonly min?: number;
  readonly max?: number;
  /** Matches the whole text. */
  readonly pattern?: RegExp;
  /** The pattern as the message quotes it. */
  readonly patternText?: string;
  /** AWS's own sentence for a text that does not match, where it has one; `{name}` is the member. */
  readonly sentence?: string;
  readonly oneOf?: readonly string[];
}

export interface IntegerConstraint {
  readonly min: number;
  readonly max: number;
}

const NAME_SENTENCE =
  "The specified value for {name} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-";

function name(max: number): TextConstraint {
  const patternText = "[\\w+=,.@-]+";
  return { min: 1, max, pattern: /^[\w+=,.@-]+$/, patternText, sentence: NAME_SENTENCE };
}

export const USER_NAME = name(64);
export const EXISTING_USER_NAME = name(128);
export const GROUP_NAME = name(128);
export const ROLE_NAME = name(64);
export const POLICY_NAME = name(128);

export const PATH: TextConstraint = {
  min: 1,
  max: 512,
  pattern: /^\/(?:[!-.0-~]+\/)*$/,
  patternText: "(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)",
  sentence:
    "The specified value for {name} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
};
export const POLICY_PATH: TextConstraint = {
  ...PATH,
  pattern: /^(?:\/[A-Za-z0-9.,+@=_-]+)*\/$/,
  patternText: "((/[A-Za-z0-9\\.,\\+@=_-]+)*)/",
};
export const PATH_PREFIX: TextConstraint = {
  min: 1,
  max: 512,
  pattern: /^\/[!-\x7f]*$/,
  patternText: "\\u002F[\\u0021-\\u007F]*",
};
export const POLICY_DOCUMENT: TextConstraint = {
  min: 1,
  max: 131_072,
  pattern: /^[\t\n\r\x20-\xff]+$/,
  patternText: "[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+",
  sentence: "The specified value for {name} is invalid. It must contain only printable ASCII characters.",
};
export const ARN: TextConstraint = { min: 20, max: 2048 };
export const ROLE_DESCRIPTION: TextConstraint = {
  max: 1000,
  pattern: /^[\t\n\r\x20-\x7e\xa1-\xff]*$/,
  patternText: "[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*",
};
export const POLICY_DESCRIPTION: TextConstraint = { max: 1000 };
export const TAG_KEY: TextConstraint = {
  min: 1,
  max: 128,
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]+$/u,
  patternText: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+",
};
export const TAG_VALUE: TextConstraint = {
  max: 256,
  pattern: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u,
  patternText: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*",
};
export const ACCESS_KEY_ID: TextConstraint = {
  // AWS's own have 16 at least; the operator may choose a shorter one for the root.
  min: 3,
  max: 128,
  pattern: /^\w+$/,
  patternText: "[\\w]+",
};
export const ACCESS_KEY_STATUS: TextConstraint = { oneOf: ["Active", "Inactive"] };
export const VERSION_ID: TextConstraint = {
  pattern: /^v[1-9][0-9]*(?:\.[A-Za-z0-9-]*)?$/,
  patternText: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?",
};
export const ACCOUNT_ALIAS: TextConstraint = {
  min: 3,
  max: 63,
  pattern: /^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$/,
  patternText: "^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
};
export const MARKER: TextConstraint = {
  min: 1,
  max: 320,
  pattern: /^[\x20-\xff]+$/,
  patternText: "[\\u0020-\\u00FF]+",
};
export const CLIENT_ID: TextConstraint = { min: 1, max: 255 };
export const THUMBPRINT: TextConstraint = { min: 40, max: 40, pattern: /^[0-9A-Fa-f]*$/ };
export const PROVIDER_URL: TextConstraint = { min: 1, max: 255 };
export const ACTION_NAME: TextConstraint = { min: 3, max: 128 };
export const RESOURCE_NAME: TextConstraint = { min: 1, max: 2048 };
export const ANY_TEXT: TextConstraint = {};

export const MAX_ITEMS: IntegerConstraint = { min: 1, max: 1000 };
export const SESSION_DURATION: IntegerConstraint = { min: 3600, max: 43_200 };
