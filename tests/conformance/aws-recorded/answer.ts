import { STATUS_CODES } from "node:http";
import type { Agent } from "node:https";
import * as sdk from "@aws-sdk/client-s3";
import { decodeXml } from "./xml.ts";

/** One answer in the shape of the recordings: the output's members, or `Error`, and `ResponseMetadata`. */
export type Answer = Readonly<Record<string, unknown>> & {
  readonly ResponseMetadata: {
    readonly HTTPStatusCode: number;
    readonly HTTPHeaders: Readonly<Record<string, string>>;
  };
};

export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly agent: Agent;
  readonly credentials: sdk.S3ClientConfig["credentials"];
  readonly more?: Partial<sdk.S3ClientConfig>;
}

interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  errorText: string;
}

/** The SDK as anyone configures it, except that it does not retry. */
export function createClient(settings: ClientSettings): sdk.S3Client {
  return new sdk.S3Client({
    endpoint: settings.endpoint,
    region: settings.region,
    forcePathStyle: true,
    maxAttempts: 1,
    requestHandler: { httpsAgent: settings.agent },
    ...(settings.credentials === undefined ? {} : { credentials: settings.credentials }),
    ...settings.more,
  });
}

const BODIED = new Set(["PutObject", "UploadPart"]);

/** Sends one operation by its name. AWS's refusals are answers; anything else that fails is thrown. */
export async function send(
  client: sdk.S3Client,
  operation: string,
  input: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const commandClass: unknown = Reflect.get(sdk, `${operation}Command`);
  if (typeof commandClass !== "function") throw new Error(`the SDK has no ${operation}`);
  // One command stands for all: the inputs are data, and what is wrong in them is the server's to say.
  const command: sdk.HeadBucketCommand = Reflect.construct(commandClass, [input]);
  const raw: RawAnswer = { status: 0, headers: {}, errorText: "" };
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      await readRaw(result.response, raw);
      return result;
    },
    { step: "deserialize", priority: "low", name: "keepRawAnswer" },
  );
  const metadata = (): Answer["ResponseMetadata"] => ({
    HTTPStatusCode: raw.status,
    HTTPHeaders: raw.headers,
  });
  if (!("ContentType" in input)) {
    // This SDK names a content type of its own for every body; the recorded one names none.
    command.middlewareStack.add(
      (next) => (args) => {
        const headers: unknown = Reflect.get(Object(args.request), "headers");
        if (BODIED.has(operation) && headers !== null && typeof headers === "object")
          Reflect.deleteProperty(headers, "content-type");
        return next(args);
      },
      { step: "build", priority: "low", name: "sendNoContentType" },
    );
  }
  try {
    const output = await client.send(command);
    const members = await Promise.all(
      Object.entries(output)
        .filter(([name, value]) => name !== "$metadata" && value !== undefined)
        .map(async ([name, value]) => [name, await readMember(value)] as const),
    );
    return { ...Object.fromEntries(members), ResponseMetadata: metadata() };
  } catch (error) {
    if (raw.status < 300) throw error;
    const refusal = parseError(raw);
    return { ...modelledMembers(refusal), Error: refusal, ResponseMetadata: metadata() };
  }
}

/** What the recording SDK lifts out of the errors that the service's model describes. */
function modelledMembers({ Code, StorageClass }: Record<string, string>): Record<string, string> {
  return Code === "InvalidObjectState" && StorageClass !== undefined ? { StorageClass } : {};
}

async function readRaw(response: unknown, raw: RawAnswer): Promise<void> {
  if (response === null || typeof response !== "object") return;
  const status: unknown = Reflect.get(response, "statusCode");
  const headers: unknown = Reflect.get(response, "headers");
  if (typeof status === "number") raw.status = status;
  if (headers !== null && typeof headers === "object")
    raw.headers = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
    );
  if (raw.status < 300) return;
  const body: unknown = Reflect.get(response, "body");
  if (body === null || typeof body !== "object" || !(Symbol.asyncIterator in body)) return;
  const pieces: Uint8Array[] = [];
  for await (const piece of body as AsyncIterable<Uint8Array>) pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  raw.errorText = bytes.toString("utf8");
  Reflect.set(response, "body", bytes);
}

async function readMember(value: unknown): Promise<unknown> {
  if (value === null || typeof value !== "object" || !("transformToByteArray" in value)) return value;
  if (typeof value.transformToByteArray !== "function") return value;
  const bytes: unknown = await value.transformToByteArray();
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString("utf8") : bytes;
}

/** The fields of an `<Error>` document; without a body, what the status line says. */
export function parseError(raw: {
  readonly status: number;
  readonly errorText: string;
}): Record<string, string> {
  const inner = /<Error>([\s\S]*)<\/Error>/.exec(raw.errorText)?.[1];
  if (inner === undefined) {
    const phrase = raw.status === 416 ? "Requested Range Not Satisfiable" : (STATUS_CODES[raw.status] ?? "");
    return { Code: String(raw.status), Message: phrase };
  }
  const fields = [...inner.matchAll(/<([\w-]+)>([^<]*)<\/\1>|<([\w-]+)\/>/g)];
  return Object.fromEntries(fields.map((field) => [field[1] ?? field[3] ?? "", decodeXml(field[2] ?? "")]));
}
