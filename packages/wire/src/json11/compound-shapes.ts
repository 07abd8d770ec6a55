import { noteLength } from "./scalar-shapes.ts";
import { problem, type RequiredMember, type Shape, wrongType } from "./shape.ts";

type Fields = Readonly<Record<string, Shape<unknown> | RequiredMember<unknown>>>;

/** Every member is there; the optional ones may be undefined. */
export type Structure<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends RequiredMember<infer T>
    ? T
    : F[K] extends Shape<infer T>
      ? T | undefined
      : never;
};

/** An object with named members. Members it does not name are ignored, and null is the same as absent. */
export function structure<F extends Fields>(fields: F): Shape<Structure<F>> {
  const members = Object.entries(fields).map(([name, member]) =>
    "required" in member
      ? { name, shape: member.required, isRequired: true }
      : { name, shape: member, isRequired: false },
  );
  return {
    parse(value, path, problems) {
      if (!isObject(value)) throw wrongType(value, "a Structure");
      const before = problems.length;
      const parsed: Record<string, unknown> = {};
      for (const { name, shape, isRequired } of members) {
        const member = Object.hasOwn(value, name) ? value[name] : undefined;
        const memberPath = path === "" ? lowerFirst(name) : `${path}.${lowerFirst(name)}`;
        if (member !== undefined && member !== null) parsed[name] = shape.parse(member, memberPath, problems);
        else {
          parsed[name] = undefined;
          if (isRequired) problems.push(problem("null ", memberPath, "not be null"));
        }
      }
      // Every required member was parsed without a problem, so the record has the type of its fields.
      return problems.length === before ? (parsed as Structure<F>) : undefined;
    },
  };
}

export function listOf<T>(
  member: Shape<T>,
  limits: { readonly min?: number; readonly max?: number } = {},
): Shape<readonly T[]> {
  return {
    parse(value, path, problems) {
      if (!Array.isArray(value)) throw wrongType(value, "a List");
      const before = problems.length;
      noteLength(value.length, limits, "", path, problems);
      const parsed: T[] = [];
      if (problems.length > before) return undefined;
      for (const [at, each] of value.entries()) {
        const one = member.parse(each, `${path}.${at + 1}.member`, problems);
        if (one !== undefined) parsed.push(one);
      }
      return problems.length === before ? parsed : undefined;
    },
  };
}

/** Named values; the names are free. Own properties only, also one called `__proto__`. */
export function mapOf<T>(member: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return {
    parse(value, path, problems) {
      if (!isObject(value)) throw wrongType(value, "a Map");
      const before = problems.length;
      const entries: [string, T][] = [];
      for (const [name, each] of Object.entries(value)) {
        if (!name.isWellFormed()) throw wrongType(name, "a String");
        if (each === null) throw wrongType(each, "a String");
        const one = member.parse(each, `${path}.${name}.member`, problems);
        if (one !== undefined) entries.push([name, one]);
      }
      return problems.length === before ? Object.fromEntries(entries) : undefined;
    },
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
