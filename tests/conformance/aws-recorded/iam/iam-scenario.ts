import { randomBytes } from "node:crypto";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { Answer } from "../answer.ts";
import { type Bindings, differences } from "../compare.ts";
import type { Recording } from "../recordings.ts";
import { sendIam } from "./iam-answer.ts";

type Input = Readonly<Record<string, unknown>>;

export type IamReplay = (t: IamScenario, parameter: string) => Promise<void>;

/** Ours is another account than the recorded one, by whatever name: the placeholder binds it. */
const RECORDED_ACCOUNT = /111111111111/g;

/** One recorded test of IAM under replay. */
export class IamScenario {
  readonly problems: string[] = [];
  readonly #recording: Recording;
  readonly #client: IAMClient;
  readonly #bindings: Bindings = new Map();
  readonly #seen = new Set<string>();

  constructor(recording: Recording, client: IAMClient) {
    this.#recording = recording;
    this.#client = client;
  }

  newName(kind: string): string {
    return `test-${kind}-${randomBytes(4).toString("hex")}`;
  }

  /** Says what a placeholder stands for where the recording cannot tell. */
  bind(placeholder: string, value: string): void {
    this.#bindings.set(placeholder, value);
  }

  /** Performs a request that must succeed. */
  async call(operation: string, input: Input = {}): Promise<Answer> {
    const answer = await sendIam(this.#client, operation, input);
    if ("Error" in answer) throw new Error(`${operation} was refused: ${JSON.stringify(answer["Error"])}`);
    return answer;
  }

  /** Performs a request, whatever comes of it, and compares its answer with the one recorded under `label`. */
  async match(label: string, operation: string, input: Input): Promise<Answer> {
    const answer = await sendIam(this.#client, operation, input);
    this.#seen.add(label);
    const wanted = this.#recording.answers.get(label);
    if (wanted === undefined) throw new Error(`nothing was recorded under ${label}`);
    const anyAccount: unknown = JSON.parse(
      JSON.stringify(wanted).replaceAll(RECORDED_ACCOUNT, "<account-id:1>"),
    );
    for (const found of differences(anyAccount, answer, this.#bindings))
      this.problems.push(`${label} ${found}`);
    return answer;
  }

  /** Every recorded answer must have been compared. */
  finish(): void {
    for (const label of this.#recording.answers.keys())
      if (!this.#seen.has(label)) this.problems.push(`${label} was not replayed`);
  }
}

/** A member of a member of an answer: `field(answer, "Role", "Arn")`. */
export function field(answer: Answer, ...path: readonly string[]): string {
  let value: unknown = answer;
  for (const name of path)
    value = value !== null && typeof value === "object" ? Reflect.get(value, name) : undefined;
  if (typeof value !== "string") throw new Error(`the answer has no ${path.join(".")}`);
  return value;
}
