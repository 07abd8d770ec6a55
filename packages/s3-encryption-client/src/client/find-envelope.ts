import type { GetObjectCommandInput } from "@aws-sdk/client-s3";
import type { Envelope } from "../format/envelope.ts";
import { parseInstructionFile } from "../format/instruction-file.ts";
import { parseObjectMetadata } from "../format/parse-envelope.ts";
import type { ClientContext } from "./client-options.ts";
import type { EnvelopeLocation } from "./encrypted-object-facts.ts";
import { readInstructionFile } from "./instruction-files.ts";
import type { HttpOptions } from "./send-options.ts";

export interface FoundEnvelope {
  readonly envelope: Envelope;
  readonly location: EnvelopeLocation;
}

/** The envelope of an object whose metadata is at hand, from there or from its instruction file. */
export async function findEnvelope(
  context: ClientContext,
  input: GetObjectCommandInput,
  metadata: Readonly<Record<string, string>> | undefined,
  http: HttpOptions,
  suffix?: string,
): Promise<FoundEnvelope> {
  const own = parseObjectMetadata(metadata ?? {});
  if (own.kind === "whole") return { envelope: own.envelope, location: "metadata" };
  const text = await readInstructionFile(context, input, http, suffix);
  const envelope = parseInstructionFile(text, own.kind === "split" ? own.content : null);
  return { envelope, location: "instruction-file" };
}
