import { arnOf, type PolicyHolder } from "../identities/entities.ts";
import { userPrincipal } from "../identities/user-principal.ts";
import type { NamedPolicy } from "../policy/authorization.ts";
import { parsePolicyDocument } from "../policy/parse-policy-document.ts";
import { PolicyError } from "../policy/policy-error.ts";
import { MAX_TEXT_LENGTH, type PolicyKind } from "../policy/policy-limits.ts";
import type { Principal } from "../principal.ts";
import { IamApiError } from "./iam-api-error.ts";
import type { IamCall, Target } from "./operation.ts";
import { malformedPolicy } from "./policy-text.ts";
import { type HolderKind, requireHolder } from "./require-entity.ts";
import { holderTarget } from "./targets.ts";

const SOURCE_ARN = /^arn:aws:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([\w+=,.@-]+)$/;

interface Source {
  readonly kind: HolderKind;
  readonly name: string;
}

/** The user, group or role an ARN names. Throws InvalidInput for anything else and for other accounts. */
export function parseSourceArn(call: IamCall, arn: string): Source {
  const [, accountId, kind, name] = SOURCE_ARN.exec(arn) ?? [];
  if (accountId !== call.accountId || name === undefined)
    throw new IamApiError(
      "InvalidInput",
      `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`,
    );
  return { kind: kind === "group" || kind === "role" ? kind : "user", name };
}

export async function requireSource(call: IamCall, arn: string): Promise<PolicyHolder> {
  const { kind, name } = parseSourceArn(call, arn);
  return requireHolder(call.identities.reader, kind, call.accountId, name);
}

export function sourceTarget(call: IamCall, arn: string): Promise<Target> {
  const { kind, name } = parseSourceArn(call, arn);
  return holderTarget(call, kind, name);
}

/** As whom to evaluate. A group asks as a user of it would who has nothing of its own. */
export function principalOf(holder: PolicyHolder): Principal {
  const { accountId, id, name } = holder;
  const arn = arnOf(holder);
  switch (holder.kind) {
    case "user":
      return userPrincipal(holder);
    case "group":
      return { kind: "user", accountId, arn, userId: id, userName: name, tags: new Map() };
    case "role":
      return {
        kind: "role-session",
        accountId,
        arn: `arn:aws:sts::${accountId}:assumed-role/${name}/simulation`,
        roleArn: arn,
        userId: `${id}:simulation`,
        roleId: id,
        roleName: name,
        sessionName: "simulation",
        tags: new Map(holder.tags.map(({ key, value }) => [key, value])),
      };
  }
}

/** Nobody in particular, for policies that are tried without a caller. */
export function unnamedPrincipal(accountId: string): Principal {
  const arn = `arn:aws:iam::${accountId}:user/simulation`;
  return { kind: "user", accountId, arn, userId: "simulation", userName: "simulation", tags: new Map() };
}

/** Compiles what was sent along. Throws MalformedPolicyDocument. */
export function compileInput(name: string, text: string, kind: PolicyKind): NamedPolicy {
  try {
    const limits = { maxSize: MAX_TEXT_LENGTH, ignoresWhitespace: true };
    return { name, document: parsePolicyDocument(text, { kind, limits }) };
  } catch (error) {
    if (error instanceof PolicyError) throw malformedPolicy(error);
    throw error;
  }
}

export function compileInputs(list: string, texts: readonly string[]): readonly NamedPolicy[] {
  return texts.map((text, at) => compileInput(`${list}.${at + 1}`, text, "identity"));
}
