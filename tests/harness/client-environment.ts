import { readFileSync } from "node:fs";
import type { Credentials } from "./sigv4-signer.ts";
import { runStrongroom, type StrongroomProcess } from "./strongroom-process.ts";

/** What `strongroom env` says of a data folder. */
export interface ClientEnvironment {
  readonly endpoint: string;
  readonly region: string;
  readonly caFile: string;
  readonly ca: Buffer;
  readonly credentials: Credentials;
  /** The variables as the command prints them, for tools. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads the environment of a running server with `strongroom env --json`. */
export async function readClientEnvironment(server: StrongroomProcess): Promise<ClientEnvironment> {
  const text = await runStrongroom([
    "env",
    "--json",
    ...["--data-dir", server.options.dataDir],
    ...["--endpoint", server.endpoint],
  ]);
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== "object" || parsed === null) throw new TypeError("env --json printed no object");
  const variables = Object.fromEntries(Object.entries(parsed).map(([name, value]) => [name, String(value)]));
  const required = (name: string): string => {
    const value = variables[name];
    if (value === undefined || value === "") throw new Error(`env --json did not print ${name}`);
    return value;
  };
  const caFile = required("AWS_CA_BUNDLE");
  return {
    endpoint: server.endpoint,
    region: required("AWS_REGION"),
    caFile,
    ca: readFileSync(caFile),
    credentials: {
      accessKeyId: required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
    },
    variables,
  };
}
