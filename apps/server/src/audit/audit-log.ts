import { randomUUID } from "node:crypto";
import {
  type AuditEvent,
  type EventFields,
  type EventResource,
  printEventTime,
  type TrailWriter,
} from "@strongroom/audit";
import type { Clock } from "@strongroom/base";
import type { Principal } from "@strongroom/iam";
import { type AuditScope, auditScope, type NotedDecision } from "./audit-scope.ts";
import { userIdentity } from "./user-identity.ts";

/** One answered call, as its service knows it. */
export interface AnsweredCall {
  /** `kms.amazonaws.com`. */
  readonly eventSource: string;
  readonly eventName: string;
  readonly principal: Principal;
  readonly accountId: string;
  readonly region: string;
  readonly readOnly: boolean;
  readonly isData?: boolean;
  /** Nobody called: the service did it by itself. */
  readonly isServiceEvent?: boolean;
  readonly requestId: string;
  readonly invokedBy?: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly requestParameters: EventFields | null;
  readonly responseElements: EventFields | null;
  readonly additional?: EventFields;
  readonly resources: readonly EventResource[];
  /** Those that decided this call. */
  readonly decisions: readonly NotedDecision[];
}

/** Turns answered calls into CloudTrail events and waits until they are durable. */
export class AuditLog {
  readonly #writer: TrailWriter;
  readonly #clock: Clock;

  constructor(writer: TrailWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** See `TrailWriter.ready`. */
  ready(): Promise<void> | null {
    return this.#writer.ready();
  }

  /** Rejects with `AuditError` when the event is not durable: then the call must fail. */
  record(call: AnsweredCall): Promise<void> {
    const scope = auditScope();
    const { error, resources, additional = {} } = call;
    const decided = printDecisions(call.decisions);
    const more: EventFields = { ...additional, ...(decided === null ? {} : { authorization: decided }) };
    const isData = call.isData === true;
    const event: AuditEvent = {
      eventVersion: "1.11",
      userIdentity: userIdentity(call.principal, {
        accessKeyId: scope?.accessKeyId ?? null,
        session: scope?.session ?? null,
        invokedBy: call.invokedBy ?? null,
      }),
      eventTime: printEventTime(this.#clock.nowMs()),
      eventSource: call.eventSource,
      eventName: call.eventName,
      awsRegion: call.region,
      sourceIPAddress: scope?.transport.sourceIp ?? "AWS Internal",
      userAgent: scope?.userAgent ?? "AWS Internal",
      ...(error === null ? {} : { errorCode: error.code, errorMessage: error.message.slice(0, 2048) }),
      requestParameters: call.requestParameters,
      responseElements: error === null ? call.responseElements : null,
      ...(Object.keys(more).length === 0 ? {} : { additionalEventData: more }),
      requestID: call.requestId,
      eventID: randomUUID(),
      readOnly: call.readOnly,
      ...(resources.length === 0 ? {} : { resources }),
      eventType: call.isServiceEvent === true ? "AwsServiceEvent" : "AwsApiCall",
      managementEvent: !isData,
      recipientAccountId: call.accountId,
      eventCategory: isData ? "Data" : "Management",
      ...tlsOf(scope),
    };
    return this.#writer.append(event);
  }
}

function tlsOf(scope: AuditScope | null): { readonly tlsDetails?: EventFields } {
  if (scope === null || !scope.transport.secure) return {};
  const { tlsVersion } = scope.transport;
  return {
    tlsDetails: {
      tlsVersion: tlsVersion === null ? undefined : `TLSv${tlsVersion}`,
      cipherSuite: scope.cipherSuite ?? undefined,
      clientProvidedHostHeader: scope.host ?? undefined,
    },
  };
}

/** The statements that decided: what let the caller in, or what did not. */
function printDecisions(decisions: readonly NotedDecision[]): readonly EventFields[] | null {
  if (decisions.length === 0) return null;
  return decisions.map(({ action, resource, decision, alsoAllowedBy }) => ({
    action,
    resource,
    effect: decision.allowed ? "Allow" : decision.by === null ? "ImplicitDeny" : "Deny",
    policyKind: decision.by?.policyKind,
    policyName: decision.by?.policyName,
    statement: decision.by?.statement,
    because: decision.allowed ? undefined : decision.because,
    alsoAllowedBy: decision.allowed && decision.by === null ? (alsoAllowedBy ?? undefined) : undefined,
  }));
}
