import type { QueryParameters } from "@strongroom/wire";
import type { Tag } from "../identities/entities.ts";
import {
  type IntegerConstraint,
  MARKER,
  MAX_ITEMS,
  TAG_KEY,
  TAG_VALUE,
  type TextConstraint,
} from "./constraints.ts";
import { validationError } from "./iam-api-error.ts";
import { QUOTAS } from "./quotas.ts";

export interface PageRequest {
  readonly marker: string | null;
  readonly maxItems: number;
}

const DEFAULT_MAX_ITEMS = 100;

/**
 * Reads the members of a request. What breaks a constraint is collected, so that one answer names it all: a value
 * that was read counts for nothing until `finish` returned.
 */
export class InputReader {
  readonly #parameters: QueryParameters;
  readonly #violations: string[] = [];
  #sentence: string | null = null;

  constructor(parameters: QueryParameters) {
    this.#parameters = parameters;
  }

  required(name: string, constraint: TextConstraint): string {
    const value = this.#parameters.text(name);
    if (value === undefined) this.#violate(memberName(name), "Member must not be null");
    return value === undefined ? "" : this.#check(memberName(name), value, constraint);
  }

  optional(name: string, constraint: TextConstraint): string | undefined {
    const value = this.#parameters.text(name);
    return value === undefined ? undefined : this.#check(memberName(name), value, constraint);
  }

  integer(name: string, { min, max }: IntegerConstraint): number | undefined {
    const text = this.#parameters.text(name);
    if (text === undefined) return undefined;
    if (!/^-?\d{1,10}$/.test(text)) throw validationError(`The value for ${name} is not a number.`);
    const value = Number(text);
    if (value < min)
      this.#violate(memberName(name), `Member must have value greater than or equal to ${min}`);
    if (value > max) this.#violate(memberName(name), `Member must have value less than or equal to ${max}`);
    return value;
  }

  flag(name: string): boolean {
    const text = this.#parameters.text(name) ?? "false";
    if (text !== "true" && text !== "false") throw validationError(`The value for ${name} is not a boolean.`);
    return text === "true";
  }

  texts(name: string, constraint: TextConstraint, maxMembers: number): readonly string[] {
    const values = this.#parameters.texts(name);
    this.#checkCount(name, values.length, maxMembers);
    return values.map((value, at) => this.#check(`${memberName(name)}.${at + 1}.member`, value, constraint));
  }

  /** As `texts`, where the list itself must have been sent. */
  requiredTexts(name: string, constraint: TextConstraint, maxMembers: number): readonly string[] {
    if (!this.#parameters.hasList(name)) this.#violate(memberName(name), "Member must not be null");
    return this.texts(name, constraint, maxMembers);
  }

  structures(name: string, maxMembers: number): readonly QueryParameters[] {
    const members = this.#parameters.list(name);
    this.#checkCount(name, members.length, maxMembers);
    return members;
  }

  tags(): readonly Tag[] {
    return this.structures("Tags", QUOTAS.tagsPerEntity).map((member, at) => {
      const place = `tags.${at + 1}.member`;
      const key = member.text("Key");
      const value = member.text("Value");
      if (key === undefined) this.#violate(`${place}.key`, "Member must not be null");
      if (value === undefined) this.#violate(`${place}.value`, "Member must not be null");
      return {
        key: key === undefined ? "" : this.#check(`${place}.key`, key, TAG_KEY),
        value: value === undefined ? "" : this.#check(`${place}.value`, value, TAG_VALUE),
      };
    });
  }

  page(): PageRequest {
    const marker = this.optional("Marker", MARKER) ?? null;
    return { marker, maxItems: this.integer("MaxItems", MAX_ITEMS) ?? DEFAULT_MAX_ITEMS };
  }

  /** Throws ValidationError when anything that was read breaks its constraint. */
  finish(): void {
    const count = this.#violations.length;
    if (count > 0) {
      const list = this.#violations.join("; ");
      throw validationError(`${count} validation error${count === 1 ? "" : "s"} detected: ${list}`);
    }
    if (this.#sentence !== null) throw validationError(this.#sentence);
  }

  #check(member: string, value: string, constraint: TextConstraint): string {
    const { min = 0, max = Number.POSITIVE_INFINITY, pattern, patternText, sentence, oneOf } = constraint;
    const length = value.length;
    if (length > max) this.#violate(member, `Member must have length less than or equal to ${max}`);
    if (length < min) this.#violate(member, `Member must have length greater than or equal to ${min}`);
    if (oneOf !== undefined && !oneOf.includes(value))
      this.#violate(member, "Member must satisfy enum value set");
    if (pattern !== undefined && length >= min && length <= max && !pattern.test(value)) {
      if (sentence === undefined)
        this.#violate(
          member,
          `Member must satisfy regular expression pattern: ${patternText ?? pattern.source}`,
        );
      else this.#sentence ??= sentence.replace("{name}", member);
    }
    return value;
  }

  #checkCount(name: string, count: number, most: number): void {
    if (count > most)
      this.#violate(memberName(name), `Member must have length less than or equal to ${most}`);
  }

  #violate(member: string, rule: string): void {
    this.#violations.push(`Value at '${member}' failed to satisfy constraint: ${rule}`);
  }
}

/** Messages name members as the model does: `UserName` is `userName`. */
function memberName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}
