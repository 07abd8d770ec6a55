import type { QueryParameters } from "@strongroom/wire";
import { StsError } from "./sts-error.ts";

/** What a text must be like. Lengths are in characters. */
export interface TextRule {
  readonly minLength: number;
  readonly maxLength: number;
  readonly pattern?: RegExp;
  /** The pattern as AWS prints it. */
  readonly patternText?: string;
  /** Never repeated in a message. */
  readonly isSecret?: boolean;
}

export interface IntegerRule {
  readonly min: number;
  readonly max: number;
}

/** Faults that are listed; a request may hold thousands. */
const LISTED_FAULTS = 10;
/** How much of a refused value is repeated. */
const SHOWN_LENGTH = 256;

/**
 * Reads the parameters of one request and gathers what is wrong with them, in AWS's words, so that a client is told
 * all of it at once. What is read before `requireValid` was called may be wrong.
 */
export class ParameterReader {
  readonly parameters: QueryParameters;
  readonly #faults: string[] = [];

  constructor(parameters: QueryParameters) {
    this.parameters = parameters;
  }

  /** "" when it is missing, which is a fault. */
  requiredText(name: string, rule: TextRule): string {
    const value = this.parameters.text(name);
    if (value === undefined) this.#add("null", memberName(name), "Member must not be null");
    return this.checkText(value, memberName(name), rule) ?? "";
  }

  optionalText(name: string, rule: TextRule): string | null {
    return this.checkText(this.parameters.text(name), memberName(name), rule);
  }

  /** `member` is the name as AWS shows it: `tags.1.member.key`. */
  checkText(value: string | undefined, member: string, rule: TextRule): string | null {
    if (value === undefined) return null;
    const shown = rule.isSecret === true ? "[secret]" : `'${value.slice(0, SHOWN_LENGTH)}'`;
    if (value.length < rule.minLength)
      this.#add(shown, member, `Member must have length greater than or equal to ${rule.minLength}`);
    if (value.length > rule.maxLength)
      this.#add(shown, member, `Member must have length less than or equal to ${rule.maxLength}`);
    if (value.length <= rule.maxLength && rule.pattern?.test(value) === false)
      this.#add(
        shown,
        member,
        `Member must satisfy regular expression pattern: ${rule.patternText ?? rule.pattern.source}`,
      );
    return value;
  }

  optionalInteger(name: string, rule: IntegerRule): number | null {
    const value = this.parameters.text(name);
    if (value === undefined) return null;
    if (!/^-?\d{1,15}$/.test(value))
      throw new StsError("ValidationError", `Value at '${memberName(name)}' must be an integer`);
    const number = Number(value);
    const member = memberName(name);
    if (number < rule.min)
      this.#add(`'${number}'`, member, `Member must have value greater than or equal to ${rule.min}`);
    if (number > rule.max)
      this.#add(`'${number}'`, member, `Member must have value less than or equal to ${rule.max}`);
    return number;
  }

  checkCount(count: number, name: string, max: number): void {
    if (count > max)
      this.#add(
        `'${count} members'`,
        memberName(name),
        `Member must have length less than or equal to ${max}`,
      );
  }

  /** Throws ValidationError when anything read so far breaks a rule. */
  requireValid(): void {
    const count = this.#faults.length;
    if (count === 0) return;
    const noun = count === 1 ? "1 validation error" : `${count} validation errors`;
    throw new StsError(
      "ValidationError",
      `${noun} detected: ${this.#faults.slice(0, LISTED_FAULTS).join("; ")}`,
    );
  }

  #add(shownValue: string, member: string, constraint: string): void {
    this.#faults.push(`Value ${shownValue} at '${member}' failed to satisfy constraint: ${constraint}`);
  }
}

function memberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
