import type { Random } from "./random.ts";
import { CONTEXT_KEYS, type KeyKind, OTHER, OWN } from "./universe.ts";

type ConditionJson = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const TEXT_OPERATORS = [
  "StringEquals",
  "StringNotEquals",
  "StringEqualsIgnoreCase",
  "StringNotEqualsIgnoreCase",
  "StringLike",
  "StringNotLike",
];
const comparisons = (kind: "Numeric" | "Date"): readonly string[] =>
  ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"].map(
    (name) => kind + name,
  );

interface Vocabulary {
  readonly operators: readonly string[];
  readonly values: readonly string[];
}

/** What policies compare each kind of key with, and how. */
const VOCABULARY = {
  text: {
    operators: [...TEXT_OPERATORS, "BinaryEquals"],
    values: [
      "audit",
      "AUDIT",
      "a*",
      "?udit",
      "ann",
      "bo?",
      "aws-cli*",
      `\${aws:username}`,
      `\${*}`,
      `a\${*}`,
      `\${aws:PrincipalTag/team, 'x'}`,
    ],
  },
  truth: { operators: ["Bool"], values: ["true", "false"] },
  number: { operators: comparisons("Numeric"), values: ["0", "60", "3600.5", "-1", "59"] },
  moment: {
    operators: comparisons("Date"),
    values: ["2026-01-01T00:00:00Z", "2026-06-01T12:30:00Z", "2026-06-01T14:30:00+02:00", "2026-12-31"],
  },
  address: {
    operators: ["IpAddress", "NotIpAddress"],
    values: [
      "203.0.113.0/24",
      "203.0.113.9/32",
      "10.0.0.0/8",
      "0.0.0.0/1",
      "2001:db8::/32",
      "2001:db8::1/128",
      "::/1",
    ],
  },
  arn: {
    operators: ["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
    values: [
      "arn:aws:s3:::box",
      "arn:aws:s3:::*",
      `arn:aws:sns:*:${OWN}:topic*`,
      `arn:aws:sns:*:*:topic`,
      `arn:aws:iam::${OWN}:user/\${aws:username}`,
      `arn:aws:iam::${OTHER}:role/*`,
      "arn:aws:*:*:*:*",
    ],
  },
  list: {
    operators: TEXT_OPERATORS,
    values: ["athena.amazonaws.com", "glue.amazonaws.com", "*.amazonaws.com", "o-a/*", "o-b/r-1/", "none"],
  },
} as const satisfies Record<KeyKind, Vocabulary>;

const KINDS: readonly KeyKind[] = [
  "text",
  "text",
  "truth",
  "number",
  "moment",
  "address",
  "arn",
  "list",
  "list",
];

/** A Condition element of one to three operators. */
export function generateCondition(random: Random): ConditionJson {
  const condition: Record<string, Record<string, unknown>> = {};
  for (const [operator, key, values] of random.list(1, 3, () => generateOne(random))) {
    condition[operator] = { ...condition[operator], [key]: values };
  }
  return condition;
}

function generateOne(random: Random): readonly [string, string, unknown] {
  const kind = random.pick(KINDS);
  const key = varyCase(random, random.pick(Object.keys(CONTEXT_KEYS[kind])));
  if (random.chance(0.12)) return ["Null", key, random.pick(["true", "false"])];
  const { operators, values }: Vocabulary = VOCABULARY[kind];
  const operator = random.pick(operators);
  const chosen = operator === "BinaryEquals" ? ["YW5u", "YXVkaXQ="] : random.some(values, 3);
  return [
    decorate(random, operator, kind),
    key,
    chosen.length === 1 && random.chance(0.7) ? chosen[0] : chosen,
  ];
}

/** Set operators stand mostly where they belong, at keys with several values. */
function decorate(random: Random, operator: string, kind: KeyKind): string {
  const hasSet = random.chance(kind === "list" ? 0.9 : 0.08);
  const prefix = hasSet ? random.pick(["ForAllValues:", "ForAnyValue:"]) : "";
  return `${prefix}${operator}${random.chance(0.25) ? "IfExists" : ""}`;
}

function varyCase(random: Random, key: string): string {
  return random.chance(0.1) ? key.toLowerCase() : key;
}
