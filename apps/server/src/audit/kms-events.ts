import { randomUUID } from "node:crypto";
import type { EventFields, EventResource, EventValue } from "@strongroom/audit";
import type { DataKeyRequest, DecryptRequest, KeyService, KmsCaller, KmsOutput } from "@strongroom/kms";
import { KmsError } from "@strongroom/kms";
import type { AuditLog } from "./audit-log.ts";
import { auditScope } from "./audit-scope.ts";
import { boundValue, chooseParameters } from "./event-values.ts";
import { KMS_PARAMETERS, KMS_RESPONSES } from "./kms-parameters.ts";

const SOURCE = "kms.amazonaws.com";
const READS =
  /^(?:Encrypt|Decrypt|ReEncrypt|Generate|VerifyMac|Sign$|Verify$|DeriveSharedSecret|Encapsulate|Decapsulate|Describe|Get|List)/;
const KEY_ARN = /^arn:aws:kms:[a-z0-9-]+:(\d{12}):key\/[A-Za-z0-9-]+$/;
/** Operations whose algorithm is told even where the request left it to the default. */
const DEFAULT_ALGORITHM: ReadonlySet<string> = new Set(["Encrypt", "Decrypt"]);

/** What the rest of the server uses of the key service. */
export type AuditedKeyService = Pick<KeyService, "execute" | "generateDataKey" | "decrypt" | "generation">;

/** The key service, each call of which is on the trail before it is answered. */
export function auditedKeyService(keyService: KeyService, log: AuditLog): AuditedKeyService {
  return {
    generation: () => keyService.generation(),
    execute: (operation, input, caller) =>
      audited(log, operation, caller, input, () => keyService.execute(operation, input, caller), wipe),
    generateDataKey: (request: DataKeyRequest) =>
      audited(
        log,
        "GenerateDataKey",
        request.caller,
        { KeyId: request.keyId, KeySpec: "AES_256", EncryptionContext: request.encryptionContext },
        () => keyService.generateDataKey(request),
        (made) => made.plaintext.wipe(),
      ),
    decrypt: (request: DecryptRequest) =>
      audited(
        log,
        "Decrypt",
        request.caller,
        { KeyId: request.keyId ?? undefined, EncryptionContext: request.encryptionContext },
        () => keyService.decrypt(request),
        (opened) => opened.plaintext.wipe(),
      ),
  };
}

/** Runs, records, and only then gives the result away. `discard` wipes a result that must not be given. */
async function audited<Result extends object | undefined>(
  log: AuditLog,
  operation: string,
  caller: KmsCaller,
  input: unknown,
  run: () => Promise<Result>,
  discard: (result: Result) => void,
): Promise<Result> {
  await log.ready();
  const decisionsBefore = auditScope()?.decisions.length ?? 0;
  const record = (result: object | undefined, error: unknown): Promise<void> =>
    recordCall(log, { operation, caller, input, decisionsBefore, result, error });
  let result: Result;
  try {
    result = await run();
  } catch (error) {
    await record(undefined, error);
    throw error;
  }
  try {
    await record(result, null);
  } catch (error) {
    discard(result);
    throw error;
  }
  return result;
}

interface RecordedCall {
  readonly operation: string;
  readonly caller: KmsCaller;
  readonly input: unknown;
  readonly decisionsBefore: number;
  readonly result: object | undefined;
  readonly error: unknown;
}

function recordCall(log: AuditLog, call: RecordedCall): Promise<void> {
  const { operation, caller, result, error } = call;
  const scope = auditScope();
  const decisions = (scope?.decisions ?? [])
    .slice(call.decisionsBefore)
    .filter(({ action }) => action.startsWith("kms:"));
  const facts = factsOf(result);
  const arns = new Set([...facts.keyArns, ...decisions.map(({ resource }) => resource)]);
  return log.record({
    eventSource: SOURCE,
    eventName: operation.slice(0, 64),
    principal: caller.principal,
    accountId: caller.accountId,
    region: caller.region,
    readOnly: READS.test(operation),
    requestId: scope?.requestId ?? randomUUID(),
    invokedBy: caller.viaService === null ? null : caller.viaService.replace(/^([a-z0-9]+)\.[^.]+\./, "$1."),
    error: error === null ? null : printError(error),
    requestParameters: parametersOf(operation, call.input),
    responseElements: responseOf(operation, result, facts.keyArns[0]),
    additional: facts.additional,
    resources: [...arns].flatMap(keyResource),
    decisions,
  });
}

function keyResource(arn: string): readonly EventResource[] {
  const accountId = KEY_ARN.exec(arn)?.[1];
  return accountId === undefined ? [] : [{ accountId, type: "AWS::KMS::Key", ARN: arn }];
}

function printError(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof KmsError) {
    const code = error.code === "AccessDeniedException" ? "AccessDenied" : error.code;
    return { code, message: error.message };
  }
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  // The message of an error that is not the service's own may say more than a client is told.
  return { code: typeof code === "string" ? code.slice(0, 64) : "KMSInternalException", message: "" };
}

function parametersOf(operation: string, input: unknown): EventFields | null {
  const chosen = chooseParameters(input, KMS_PARAMETERS.get(operation) ?? []);
  if (!DEFAULT_ALGORITHM.has(operation)) return chosen;
  return { encryptionAlgorithm: "SYMMETRIC_DEFAULT", ...chosen };
}

function responseOf(
  operation: string,
  result: object | undefined,
  keyArn: string | undefined,
): EventFields | null {
  if (READS.test(operation)) return null;
  const chosen = chooseParameters(result, KMS_RESPONSES.get(operation) ?? []);
  return chosen ?? (keyArn === undefined ? null : { keyId: keyArn });
}

/** From what was answered: the keys and the material. Of the in-process calls and those over the wire alike. */
function factsOf(result: object | undefined): {
  readonly keyArns: readonly string[];
  readonly additional: EventFields;
} {
  if (result === undefined) return { keyArns: [], additional: {} };
  const read = (name: string): unknown =>
    Object.hasOwn(result, name) ? Reflect.get(result, name) : undefined;
  const metadata = read("KeyMetadata");
  const found = [
    read("keyArn"),
    read("SourceKeyId"),
    read("KeyId"),
    typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, "Arn") : undefined,
  ];
  const keyArns = found.filter((each) => typeof each === "string" && KEY_ARN.test(each)).map(String);
  const additional: Record<string, EventValue> = {};
  const materialId = read("keyMaterialId") ?? read("KeyMaterialId");
  if (typeof materialId === "string" && materialId !== "") additional["keyMaterialId"] = materialId;
  for (const name of ["SourceKeyMaterialId", "DestinationKeyMaterialId", "GrantId"]) {
    const value = boundValue(read(name), 0);
    if (typeof value === "string") additional[name.charAt(0).toLowerCase() + name.slice(1)] = value;
  }
  return { keyArns, additional };
}

function wipe(output: KmsOutput): void {
  for (const value of Object.values(output ?? {})) if (value instanceof Uint8Array) value.fill(0);
}
