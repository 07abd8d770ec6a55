import * as sdk from "@aws-sdk/client-iam";
import { type Answer, parseError } from "../answer.ts";

type Input = Readonly<Record<string, unknown>>;

const DOCUMENTS = new Set(["PolicyDocument", "AssumeRolePolicyDocument", "Document"]);

/** Sends one operation by its name. AWS's refusals are answers; anything else that fails is thrown. */
export async function sendIam(client: sdk.IAMClient, operation: string, input: Input): Promise<Answer> {
  const commandClass: unknown = Reflect.get(sdk, `${operation}Command`);
  if (typeof commandClass !== "function") throw new Error(`the SDK has no ${operation}`);
  // One command stands for all: the inputs are data, and what is wrong in them is the server's to say.
  const command: sdk.GetUserCommand = Reflect.construct(commandClass, [input]);
  const raw = { status: 0, errorText: "" };
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await keep(result.response, raw);
      return result;
    },
    { step: "deserialize", priority: "low", name: "keepRawAnswer" },
  );
  const metadata = () => ({ HTTPStatusCode: raw.status, HTTPHeaders: {} });
  try {
    const members = Object.entries(await client.send(command)).filter(([name]) => name !== "$metadata");
    return { ...Object.fromEntries(members.map(decodeMember)), ResponseMetadata: metadata() };
  } catch (error) {
    if (raw.status < 300) throw error;
    return { Error: parseError(raw), ResponseMetadata: metadata() };
  }
}

async function keep(response: unknown, raw: { status: number; errorText: string }): Promise<void> {
  if (response === null || typeof response !== "object") return;
  raw.status = Number(Reflect.get(response, "statusCode"));
  const body: unknown = Reflect.get(response, "body");
  if (raw.status < 300 || body === null || typeof body !== "object" || !(Symbol.asyncIterator in body))
    return;
  const pieces: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  raw.errorText = bytes.toString("utf8");
  Reflect.set(response, "body", bytes);
}

/** The recording client decodes policies, which travel percent-encoded. */
function decodeMember([name, value]: readonly [string, unknown]): readonly [string, unknown] {
  if (DOCUMENTS.has(name) && typeof value === "string") return [name, JSON.parse(decodeURIComponent(value))];
  return [name, decodeValue(value)];
}

function decodeValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decodeValue);
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(decodeMember));
}
