import type { Principal } from "@strongroom/iam";
import { generateCondition } from "./generate-conditions.ts";
import type { Random } from "./random.ts";
import { OTHER, OWN, PRINCIPALS, SUBJECTS, type Subject } from "./universe.ts";

export type StatementJson = Readonly<Record<string, unknown>>;

export interface PolicyJson {
  readonly Version: "2012-10-17" | "2008-10-17";
  readonly Statement: readonly StatementJson[];
}

/** Policies of one principal and one resource, about which several questions are asked. */
export interface PolicySet {
  readonly principal: Principal;
  readonly subject: Subject;
  readonly resourceAccountId: string;
  readonly identity: readonly PolicyJson[];
  readonly boundary: PolicyJson | null;
  readonly session: PolicyJson | null;
  readonly ofResource: PolicyJson | null;
}

export function generatePolicySet(random: Random): PolicySet {
  const principal = random.pick(PRINCIPALS);
  const subject = random.pick(SUBJECTS);
  const isPerson = principal.kind !== "anonymous" && principal.kind !== "service";
  const isSession = principal.kind === "role-session" || principal.kind === "federated-user";
  // A federated user without a session policy has nothing (STS, GetFederationToken); the other engine gives it all.
  const mustLimit = principal.kind === "federated-user";
  const policy = (kind: StatementKind): PolicyJson => generatePolicy(random, subject, kind);
  // A role always has a trust policy.
  const hasOwnPolicy = subject.hasResourcePolicy && (subject.service === "sts" || random.chance(0.7));
  return {
    principal,
    subject,
    resourceAccountId: subject.service === "s3" && random.chance(0.3) ? OTHER : OWN,
    identity: isPerson ? random.list(0, 2, () => policy("identity")) : [],
    boundary: isPerson && random.chance(0.3) ? policy("identity") : null,
    session: isSession && (mustLimit || random.chance(0.4)) ? policy("identity") : null,
    ofResource: hasOwnPolicy ? policy(subject.service === "sts" ? "trust" : "resource") : null,
  };
}

type StatementKind = "identity" | "resource" | "trust";

function generatePolicy(random: Random, subject: Subject, kind: StatementKind): PolicyJson {
  const Version = random.chance(0.9) ? "2012-10-17" : "2008-10-17";
  return { Version, Statement: random.list(1, 4, () => generateStatement(random, subject, kind)) };
}

function generateStatement(random: Random, subject: Subject, kind: StatementKind): StatementJson {
  const effect = random.chance(0.75) ? "Allow" : "Deny";
  return {
    Effect: effect,
    ...(kind === "identity" ? {} : generatePrincipal(random, effect, kind)),
    ...generateActions(random, subject, kind),
    ...(kind === "trust" ? {} : generateResources(random, subject)),
    ...(random.chance(0.45) ? { Condition: generateCondition(random) } : {}),
  };
}

const single = <Item>(random: Random, items: readonly Item[]): Item | readonly Item[] => {
  const [only] = items;
  return items.length === 1 && only !== undefined && random.chance(0.7) ? only : items;
};

function generateActions(random: Random, { service, actions }: Subject, kind: StatementKind): StatementJson {
  const names = actions.map((action) => action.slice(service.length + 1));
  const patterns = [
    ...actions,
    ...actions.map((action) => action.toUpperCase().replace(service.toUpperCase(), service)),
    ...names.map((name) => `${service}:${name.slice(0, 3)}*`),
    ...names.map((name) => `${service}:?${name.slice(1)}`),
    ...names.map((name) => `${service}:*${name.slice(-4)}`),
    `${service}:*`,
    ...(kind === "trust" ? [] : ["*", "ec2:*", "ec2:RunInstances"]),
  ];
  const chosen = single(random, random.some(patterns, 3));
  return random.chance(0.88) ? { Action: chosen } : { NotAction: chosen };
}

function generateResources(random: Random, { resources }: Subject): StatementJson {
  const patterns = resources.flatMap((arn) => [
    arn,
    `${arn}*`,
    arn.replace(/[^:/]+$/, "*"),
    `${arn.slice(0, -1)}?`,
    arn.replace("ann", `\${aws:username}`),
    arn.replace("audit", `\${aws:PrincipalTag/team}`),
    arn.replace("audit", `\${aws:PrincipalTag/team, 'audit'}`),
    arn.replace("box", "b*"),
    arn.replace("box", "?o?"),
  ]);
  const chosen = single(random, random.some(["*", "*", ...patterns], 3));
  return random.chance(0.88) ? { Resource: chosen } : { NotResource: chosen };
}

/** All names a principal goes by: its account's, its role's or issuer's, its own. */
export function namesOf(principal: Principal): readonly (readonly [string, string])[] {
  switch (principal.kind) {
    case "anonymous":
    case "federated":
      return [];
    case "service":
      return [["Service", principal.service]];
    case "role-session":
      return [account(principal.accountId), ["AWS", principal.roleArn], ["AWS", principal.arn]];
    case "federated-user":
      return [account(principal.accountId), ["AWS", principal.issuer.arn], ["AWS", principal.arn]];
    default:
      return [account(principal.accountId), ["AWS", principal.arn]];
  }
}

const account = (id: string): readonly [string, string] => ["AWS", `arn:aws:iam::${id}:root`];

function generatePrincipal(random: Random, effect: string, kind: StatementKind): StatementJson {
  if (random.chance(0.25)) return { Principal: random.chance(0.5) ? "*" : { AWS: "*" } };
  // A Deny must list every name of whom it spares, a trust policy may not allow with NotPrincipal: see the decision.
  if (random.chance(0.12) && !(kind === "trust" && effect === "Allow")) {
    return { NotPrincipal: group(random.some(PRINCIPALS, 2).flatMap(namesOf)) };
  }
  const names: readonly (readonly [string, string])[] = [
    ["AWS", OWN],
    ["AWS", OTHER],
    ...PRINCIPALS.flatMap(namesOf),
  ];
  return { Principal: group(random.some(names, 3)) };
}

function group(names: readonly (readonly [string, string])[]): Readonly<Record<string, unknown>> | string {
  if (names.length === 0) return { AWS: `arn:aws:iam::${OTHER}:user/nobody` };
  const kinds = Map.groupBy(names, ([kind]) => kind);
  return Object.fromEntries(
    [...kinds].map(([kind, values]) => {
      const texts = [...new Set(values.map(([, value]) => value))];
      return [kind, texts.length === 1 ? texts[0] : texts];
    }),
  );
}
