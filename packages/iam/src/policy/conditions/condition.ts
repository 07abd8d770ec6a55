import type { ConditionContext } from "../authorization.ts";
import { malformed } from "../policy-error.ts";
import { parseBoolean } from "./condition-values.ts";
import { OPERATORS, type Operator, type PolicyValue, type ValueTest } from "./operators.ts";

export type SetOperator = "ForAllValues" | "ForAnyValue";

/** One key of one operator of a Condition element. All of a statement's must hold. */
export interface Condition {
  /** As written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** The operator alone: `StringLike`. */
  readonly baseOperator: string;
  readonly setOperator: SetOperator | null;
  /** True when a request without the key satisfies the condition by the operator's `IfExists`. */
  readonly ifExists: boolean;
  /** In lower case. */
  readonly key: string;
  readonly writtenKey: string;
  readonly values: readonly string[];
  holds(context: ConditionContext): boolean;
}

const OPERATOR_NAME = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/;

/** Compiles one key of an operator. Throws a PolicyError for an operator or value that there is not. */
export function compileCondition(
  written: string,
  key: string,
  values: readonly PolicyValue[],
  place: string,
): Condition {
  const [, set, baseOperator = "", suffix] = OPERATOR_NAME.exec(written) ?? [];
  const setOperator = set === "ForAllValues" || set === "ForAnyValue" ? set : null;
  const ifExists = suffix !== undefined;
  const shape: Omit<Condition, "holds"> = {
    operator: written,
    baseOperator,
    setOperator,
    ifExists,
    key: key.toLowerCase(),
    writtenKey: key,
    values: values.map((value) => value.text),
  };
  if (baseOperator === "Null" && !ifExists && setOperator === null) {
    return { ...shape, holds: compileNull(shape.key, values) };
  }
  const operator = OPERATORS.get(baseOperator);
  if (operator === undefined) throw malformed(`Invalid Condition type : ${written}`, place);
  return { ...shape, holds: compileTest(operator, shape, values) };
}

/** `"true"`: the key is absent; `"false"`: it is there and has a value. */
function compileNull(key: string, values: readonly PolicyValue[]): Condition["holds"] {
  const wanted = values.map(({ text, place }) => {
    const value = parseBoolean(text);
    if (value === null) throw malformed(`Syntax errors in policy: Null wants true or false`, place);
    return value;
  });
  return (context) => wanted.includes(isAbsent(context.find(key)));
}

function isAbsent(values: readonly string[] | undefined): values is undefined {
  return values === undefined || values.length === 0;
}

/** To set operators nothing but empty texts is no values: "a null data set" (IAM User Guide, set operators). */
function isNullSet(values: readonly string[]): boolean {
  return values.every((value) => value === "");
}

function compileTest(
  operator: Operator,
  { key, setOperator, ifExists }: Pick<Condition, "key" | "setOperator" | "ifExists">,
  values: readonly PolicyValue[],
): Condition["holds"] {
  const tests = values.map((value) => operator.compile(value));
  const fits = fitsAny(tests, operator.isNegated);
  switch (setOperator) {
    case "ForAllValues":
      return (context) => {
        const actual = context.find(key) ?? [];
        return isNullSet(actual) || actual.every((value) => fits(value, context));
      };
    case "ForAnyValue":
      // No value fits where there is none: AWS looks at ForAnyValue before it looks at IfExists.
      return (context) => {
        const actual = context.find(key) ?? [];
        return !isNullSet(actual) && actual.some((value) => fits(value, context));
      };
    default:
      return (context) => {
        const actual = context.find(key);
        if (isAbsent(actual)) return ifExists || operator.isNegated;
        const [only, ...others] = actual;
        // A key with several values and no set operator: AWS leaves it open; nothing fits.
        return only !== undefined && others.length === 0 && fits(only, context);
      };
  }
}

/** Negated operators hold for a value that none of the policy's fits [L-165]. */
function fitsAny(tests: readonly ValueTest[], isNegated: boolean): ValueTest {
  const [only, ...others] = tests;
  if (only !== undefined && others.length === 0) {
    return isNegated ? (value, context) => !only(value, context) : only;
  }
  return (value, context) => tests.some((test) => test(value, context)) !== isNegated;
}
