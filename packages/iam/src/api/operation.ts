import type { QueryParameters, XmlElement } from "@strongroom/wire";
import type { AccessKeyUses } from "../access-key-uses.ts";
import type { Account } from "../account.ts";
import type { Tag } from "../identities/entities.ts";
import type { IdentityStore } from "../identities/identity-store.ts";
import type { Principal } from "../principal.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";
import { InputReader } from "./input-reader.ts";

/** Who calls. Anonymous callers and services do not get here. */
export interface IamCaller {
  readonly principal: Principal;
  readonly session: SessionFacts | null;
  readonly account: Account;
}

/** What an operation works with. */
export interface IamCall {
  readonly caller: IamCaller;
  /** The caller's account: whose identities are spoken of. */
  readonly accountId: string;
  readonly identities: IdentityStore;
  readonly accessKeyUses: AccessKeyUses;
  readonly nowMs: number;
}

/** What a call is about, for authorization. */
export interface Target {
  readonly arn: string;
  /** How AWS's denial speaks of it: an ARN, or `user NAME`. */
  readonly spoken: string;
  /** Tags it has (`aws:ResourceTag/…`). */
  readonly tags?: readonly Tag[];
  /** Tags the request sets (`aws:RequestTag/…`, `aws:TagKeys`). */
  readonly requestTags?: readonly Tag[];
  /** Tag keys the request takes away. */
  readonly removedTagKeys?: readonly string[];
  /** Of the entity, or the one the request sets: `iam:PermissionsBoundary`. */
  readonly boundary?: string | null;
  /** `iam:PolicyARN`. */
  readonly policyArn?: string;
  /** A second thing that must be allowed: where something moves to. */
  readonly also?: Target;
}

/** Children of the `…Result` element; null for operations that answer nothing. */
export type IamResult = readonly (XmlElement | undefined)[] | null;

export interface OperationDefinition<Input> {
  /** As AWS names it; `iam:NAME` is the action that must be allowed. */
  readonly name: string;
  /** Reads the members. Constraints that are broken are reported together before anything else happens. */
  readonly read: (input: InputReader, caller: IamCaller) => Input;
  readonly target: (call: IamCall, input: Input) => Target | Promise<Target>;
  readonly run: (call: IamCall, input: Input) => Promise<IamResult>;
}

export interface PreparedOperation {
  target(call: IamCall): Promise<Target>;
  run(call: IamCall): Promise<IamResult>;
}

/** One row of the table of operations. */
export interface IamOperation {
  readonly name: string;
  /** Throws ValidationError. */
  prepare(parameters: QueryParameters, caller: IamCaller): PreparedOperation;
}

export function operation<Input>(definition: OperationDefinition<Input>): IamOperation {
  const { name, read, target, run } = definition;
  return {
    name,
    prepare(parameters, caller) {
      const reader = new InputReader(parameters);
      const input = read(reader, caller);
      reader.finish();
      return { target: async (call) => target(call, input), run: (call) => run(call, input) };
    },
  };
}
