import { parseRecord } from "../account.ts";
import { IamError } from "../iam-error.ts";

/** The fields of one stored record, read with their types. Every reader throws Malformed for anything else. */
export class RecordFields {
  readonly #fields: Readonly<Record<string, unknown>>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    this.#fields = fields;
  }

  static parse(bytes: Uint8Array): RecordFields {
    return new RecordFields(parseRecord(bytes));
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== "string") throw malformed(name);
    return value;
  }

  textOrNull(name: string): string | null {
    return this.#fields[name] === null ? null : this.text(name);
  }

  integer(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw malformed(name);
    return value;
  }

  texts(name: string): readonly string[] {
    return this.#array(name).map((value) => {
      if (typeof value !== "string") throw malformed(name);
      return value;
    });
  }

  list<Item>(name: string, read: (fields: RecordFields) => Item): readonly Item[] {
    return this.#array(name).map((value) => {
      if (typeof value !== "object" || value === null) throw malformed(name);
      return read(new RecordFields({ ...value }));
    });
  }

  #array(name: string): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw malformed(name);
    return value;
  }
}

export function encodeRecord(value: object): Buffer {
  return Buffer.from(JSON.stringify({ format: 1, ...value }));
}

function malformed(name: string): IamError {
  return new IamError("Malformed", "integrity", `An identity record has no valid field ${name}.`);
}
