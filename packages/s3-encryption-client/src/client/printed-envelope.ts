import type { Envelope } from "../format/envelope.ts";
import { type PrintedEnvelope, printToInstructionFile, printToMetadata } from "../format/print-envelope.ts";
import type { ClientContext } from "./client-options.ts";

/** Where the client's options want the keys. */
export function printEnvelope(context: ClientContext, envelope: Envelope): PrintedEnvelope {
  return context.instructionFiles.write ? printToInstructionFile(envelope) : printToMetadata(envelope);
}
