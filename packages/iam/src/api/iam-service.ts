import { type Clock, ServiceError } from "@strongroom/base";
import {
  parseQueryParameters,
  printQueryError,
  printQueryResponse,
  QueryProtocolError,
  type QueryRequest,
} from "@strongroom/wire";
import type { AccessKeyUses } from "../access-key-uses.ts";
import type { Authorization } from "../authorization.ts";
import { IamError } from "../iam-error.ts";
import type { IdentityStore } from "../identities/identity-store.ts";
import type { AuthorizationRequest } from "../policy/authorization.ts";
import { explainDenial } from "../policy/explain-denial.ts";
import { type RequestFacts, requestContext } from "../request-context.ts";
import { IamApiError } from "./iam-api-error.ts";
import { targetContext } from "./iam-context.ts";
import type { IamCall, IamCaller, IamResult, Target } from "./operation.ts";
import { OPERATIONS } from "./operations/index.ts";

export const IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/";
const VERSION = "2010-05-08";

export interface IamServiceDependencies {
  readonly identities: IdentityStore;
  readonly authorization: Authorization;
  readonly accessKeyUses: AccessKeyUses;
  readonly clock: Clock;
}

export interface IamRequest extends QueryRequest {
  readonly requestId: string;
  readonly caller: IamCaller;
  readonly facts: RequestFacts;
}

export interface IamResponse {
  readonly status: number;
  readonly xml: string;
  /** null when the request was not understood that far. */
  readonly operation: string | null;
  /** null: answered as asked. */
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** What the answer hides: to be logged, and never shown. */
  readonly cause: unknown;
}

/** AWS IAM over its query protocol. Signatures were checked before; every operation is authorized here. */
export function createIamService(dependencies: IamServiceDependencies) {
  return async (request: IamRequest): Promise<IamResponse> => {
    const { requestId } = request;
    const found: { operation: string | null } = { operation: null };
    try {
      const result = await answer(dependencies, request, found);
      const action = found.operation ?? "";
      const xml = printQueryResponse({ action, namespace: IAM_NAMESPACE, requestId, result });
      return {
        status: 200,
        xml,
        operation: found.operation,
        errorCode: null,
        errorMessage: null,
        cause: null,
      };
    } catch (error) {
      return { ...found, ...refusalOf(error, requestId) };
    }
  };
}

/** Any refusal as the query protocol shows it; what is not meant for clients becomes ServiceFailure. */
export function refusalOf(error: unknown, requestId: string): Omit<IamResponse, "operation"> {
  const shown = toApiError(error);
  const { status, code, message } = shown ?? {
    status: 500,
    code: "ServiceFailure",
    message: "The request could not be completed.",
  };
  const type = status < 500 || status === 501 ? "Sender" : "Receiver";
  const xml = printQueryError({ code, message, type, namespace: IAM_NAMESPACE, requestId });
  return { status, xml, errorCode: code, errorMessage: message, cause: shown === null ? error : null };
}

async function answer(
  dependencies: IamServiceDependencies,
  request: IamRequest,
  found: { operation: string | null },
): Promise<IamResult> {
  const { identities, authorization, accessKeyUses, clock } = dependencies;
  const { caller, facts } = request;
  requireFullCredentials(caller);
  const parameters = parseQueryParameters(request);
  const action = parameters.text("Action") ?? "";
  const version = parameters.text("Version") ?? VERSION;
  const operation = version === VERSION ? OPERATIONS.get(action) : undefined;
  if (operation === undefined) throw unknownAction(action, version);
  found.operation = operation.name;
  const call: IamCall = {
    caller,
    accountId: caller.account.accountId,
    identities,
    accessKeyUses,
    nowMs: clock.nowMs(),
  };
  const prepared = operation.prepare(parameters, caller);
  const asked = { action: `iam:${operation.name}`, facts };
  await authorize(authorization, call, asked, await prepared.target(call));
  return prepared.run(call);
}

/** Throws AccessDenied with AWS's explanation. */
async function authorize(
  authorization: Authorization,
  call: IamCall,
  asked: { readonly action: string; readonly facts: RequestFacts },
  target: Target,
): Promise<void> {
  const { principal, session } = call.caller;
  const request: AuthorizationRequest = {
    principal,
    action: asked.action,
    resource: target.arn,
    // AWS's own policies may be read by every account; changing them is refused by the operations.
    resourceAccountId: accountOf(target.arn) ?? call.accountId,
    context: requestContext(asked.facts, call.caller, targetContext(target)),
  };
  const decision = await authorization.decide(request, null, session?.policies ?? null);
  if (!decision.allowed) {
    const resource = target.spoken;
    throw new IamApiError("AccessDenied", explainDenial({ ...request, resource }, decision));
  }
  if (target.also !== undefined) await authorize(authorization, call, asked, target.also);
}

/**
 * Credentials of GetFederationToken do not count here at all, and those of GetSessionToken only with a second factor:
 * else a short loan could be made into a lasting one.
 */
function requireFullCredentials({ principal, session }: IamCaller): void {
  const isLent =
    principal.kind === "federated-user" ||
    (session !== null && session.mfaAuthenticatedMs === null && principal.kind !== "role-session");
  if (!isLent) return;
  throw new IamApiError("InvalidClientTokenId", "The security token included in the request is invalid");
}

function accountOf(arn: string): string | null {
  return /^arn:aws:iam::(\d{12}):/.exec(arn)?.[1] ?? null;
}

/** Operations of AWS that there are not here are told from names that mean nothing. */
function unknownAction(action: string, version: string): IamApiError {
  if (version === VERSION && /^(?:[A-Z][A-Za-z0-9]{3,60})$/.test(action) && KNOWN_ELSEWHERE.test(action)) {
    return new IamApiError("NotImplemented", `This server does not offer ${action}.`);
  }
  return new IamApiError(
    "InvalidAction",
    `Could not find operation ${action.slice(0, 128)} for version ${version.slice(0, 32)}`,
  );
}

const KNOWN_ELSEWHERE =
  /InstanceProfile|LoginProfile|MFADevice|SSHPublicKey|SigningCertificate|ServerCertificate|ServiceSpecificCredential|SAMLProvider|ServiceLinkedRole|PasswordPolicy|CredentialReport|ServiceLastAccessed|OrganizationsAccessReport|ChangePassword|SecurityTokenServicePreferences/;

interface ShownError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function toApiError(error: unknown): ShownError | null {
  if (error instanceof IamApiError) return error;
  if (error instanceof QueryProtocolError) {
    const status = error.code === "RequestEntityTooLarge" ? 413 : 400;
    return { status, code: error.code, message: error.message };
  }
  if (error instanceof IamError && error.code === "ConcurrentModification") {
    return new IamApiError(
      "ConcurrentModification",
      "The request was rejected because multiple requests to change this object were submitted simultaneously. Wait a few minutes and submit your request again.",
    );
  }
  if (error instanceof ServiceError && error.kind === "unavailable") {
    return { status: 503, code: "ServiceUnavailable", message: "The service cannot answer now. Try again." };
  }
  return null;
}
