import { type OutputValue, parseShape, type Shape } from "@strongroom/wire";
import type { KmsCaller } from "../access/kms-caller.ts";
import type { KmsServices } from "./kms-services.ts";

/** One request under way. */
export interface KmsCall {
  readonly caller: KmsCaller;
  readonly services: KmsServices;
}

/** What an operation answers; undefined is an empty body. */
export type KmsOutput = { readonly [name: string]: OutputValue } | undefined;

/** One row of the API: parses its own input, then runs. Throws `KmsError` and `Json11Error`. */
export interface KmsOperation {
  /** As AWS names it in `X-Amz-Target: TrentService.<name>`. */
  readonly name: string;
  execute(input: unknown, call: KmsCall): Promise<KmsOutput>;
}

export function defineOperation<Input>(
  name: string,
  shape: Shape<Input>,
  run: (input: Input, call: KmsCall) => Promise<KmsOutput>,
): KmsOperation {
  return { name, execute: (input, call) => run(parseShape(shape, input), call) };
}
