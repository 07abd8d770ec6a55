import type { AuditKeys } from "@strongroom/audit";
import type { RecordStore } from "@strongroom/base";
import type { Account } from "@strongroom/iam";
import {
  flag,
  listOf,
  type OutputValue,
  oneOf,
  parseShape,
  required,
  structure,
  text,
  timestamp,
} from "@strongroom/wire";
import { findDelivery } from "../audit/delivery-record.ts";
import type { EventSelector, EventSelectors } from "../audit/event-selectors.ts";
import type { DeliveryTarget } from "../audit/trail-delivery.ts";
import { TrailApiError } from "./cloudtrail-error.ts";
import { lookupEvents } from "./cloudtrail-lookup.ts";

export interface TrailServices {
  readonly folder: string;
  readonly keys: AuditKeys;
  readonly selectors: EventSelectors;
  /** Where the trail is delivered to, and where it is recorded how far. */
  readonly delivery: { readonly target: DeliveryTarget | null; readonly records: RecordStore };
  readonly nowMs: () => number;
  /** When this process began to record. */
  readonly startedMs: number;
}

export interface TrailCall {
  readonly services: TrailServices;
  readonly account: Account;
  readonly region: string;
}

type TrailOperation = (input: unknown, call: TrailCall) => Promise<OutputValue>;

/** The one trail there is: it cannot be stopped, so that nobody can do something unseen. */
const TRAIL_NAME = "strongroom";

const OPERATIONS: Readonly<Record<string, TrailOperation>> = {
  LookupEvents: lookupEvents,
  DescribeTrails: async (input, call) => {
    const names = parseShape(DESCRIBE, input).trailNameList;
    const isAsked = names === undefined || names.length === 0 || names.some((name) => isTrail(name, call));
    return { trailList: isAsked ? [await describe(call)] : [] };
  },
  GetTrail: async (input, call) => {
    requireTrail(parseShape(NAMED, input).Name, call);
    return { Trail: await describe(call) };
  },
  ListTrails: async (_input, call) => ({
    Trails: [{ Name: TRAIL_NAME, TrailARN: trailArn(call), HomeRegion: call.region }],
  }),
  GetTrailStatus: async (input, call) => {
    requireTrail(parseShape(NAMED, input).Name, call);
    const { delivery, nowMs, startedMs } = call.services;
    const delivered = delivery.target === null ? null : await findDelivery(delivery.records);
    const latest =
      delivery.target === null ? new Date(nowMs()) : delivered && new Date(delivered.record.deliveredMs);
    return {
      IsLogging: true,
      LatestDeliveryTime: latest ?? undefined,
      LatestDigestDeliveryTime: delivered === null ? undefined : (latest ?? undefined),
      StartLoggingTime: new Date(startedMs),
    };
  },
  ListPublicKeys: async (input, { services }) => {
    parseShape(KEY_RANGE, input);
    const { verifying, fingerprint } = services.keys;
    const Value = verifying.export({ format: "der", type: "spki" });
    return {
      PublicKeyList: [
        {
          Value,
          Fingerprint: fingerprint,
          ValidityStartTime: new Date(0),
          ValidityEndTime: new Date(MAX_TIME_MS),
        },
      ],
    };
  },
  GetEventSelectors: async (input, call) => {
    requireTrail(parseShape(SELECTED, input).TrailName, call);
    return printSelectors(await call.services.selectors.list(), call);
  },
  PutEventSelectors: putEventSelectors,
};

/** 9999-12-31: keys are not replaced while their root stays. */
const MAX_TIME_MS = 253_402_214_400_000;
const DESCRIBE = structure({ trailNameList: listOf(text()), includeShadowTrails: flag() });
const NAMED = structure({ Name: required(text({ max: 300 })) });
const SELECTED = structure({ TrailName: required(text({ max: 300 })) });
const KEY_RANGE = structure({ StartTime: timestamp(), EndTime: timestamp(), NextToken: text() });
const PUT = structure({
  TrailName: required(text({ max: 300 })),
  EventSelectors: listOf(
    structure({
      ReadWriteType: oneOf(["All", "ReadOnly", "WriteOnly"]),
      IncludeManagementEvents: flag(),
      DataResources: listOf(
        structure({ Type: required(text()), Values: required(listOf(text({ max: 2048 }))) }),
      ),
      ExcludeManagementEventSources: listOf(text()),
    }),
  ),
  AdvancedEventSelectors: listOf(structure({})),
});
const VALUES_LIMIT = 250;
const SELECTORS_LIMIT = 5;

export function findTrailOperation(name: string): TrailOperation | null {
  return Object.hasOwn(OPERATIONS, name) ? (OPERATIONS[name] ?? null) : null;
}

async function putEventSelectors(input: unknown, call: TrailCall): Promise<OutputValue> {
  const asked = parseShape(PUT, input);
  requireTrail(asked.TrailName, call);
  if (!call.account.isServerRoot) {
    throw new TrailApiError("AccessDeniedException", "The trail is set by the server's root account.");
  }
  if (asked.AdvancedEventSelectors !== undefined || asked.EventSelectors === undefined) {
    throw new TrailApiError("UnsupportedOperationException", "Only basic event selectors can be set.");
  }
  if (asked.EventSelectors.length > SELECTORS_LIMIT)
    throw invalidSelectors("A trail has up to 5 event selectors.");
  const selectors = asked.EventSelectors.map((selector): EventSelector => {
    if (
      selector.IncludeManagementEvents === false ||
      (selector.ExcludeManagementEventSources ?? []).length > 0
    ) {
      throw invalidSelectors("Management events are always recorded.");
    }
    const prefixes = (selector.DataResources ?? []).flatMap(({ Type, Values }) => {
      if (Type !== "AWS::S3::Object")
        throw invalidSelectors(`There are no data events of ${Type.slice(0, 64)}.`);
      return Values.map(requirePrefix);
    });
    return { readWriteType: selector.ReadWriteType ?? "All", prefixes };
  });
  if (selectors.reduce((count, { prefixes }) => count + prefixes.length, 0) > VALUES_LIMIT) {
    throw invalidSelectors("A trail has up to 250 data resources.");
  }
  await call.services.selectors.replace(selectors);
  return printSelectors(selectors, call);
}

function requirePrefix(value: string): string {
  if (value === "arn:aws:s3" || value === "arn:aws:s3:::") return "arn:aws:s3";
  if (/^arn:aws:s3:::[^/]+\//.test(value)) return value;
  throw invalidSelectors(`Value ${value.slice(0, 128)} for DataResources.Values is invalid.`);
}

function printSelectors(selectors: readonly EventSelector[], call: TrailCall): OutputValue {
  const shown = selectors.length === 0 ? [{ readWriteType: "All", prefixes: [] }] : selectors;
  return {
    TrailARN: trailArn(call),
    EventSelectors: shown.map(({ readWriteType, prefixes }) => ({
      ReadWriteType: readWriteType,
      IncludeManagementEvents: true,
      DataResources: prefixes.length === 0 ? [] : [{ Type: "AWS::S3::Object", Values: prefixes }],
      ExcludeManagementEventSources: [],
    })),
  };
}

async function describe(call: TrailCall): Promise<OutputValue> {
  const { selectors: kept, delivery } = call.services;
  const selectors = await kept.list();
  return {
    Name: TRAIL_NAME,
    S3BucketName: delivery.target?.bucket,
    TrailARN: trailArn(call),
    HomeRegion: call.region,
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    IsOrganizationTrail: false,
    LogFileValidationEnabled: true,
    HasCustomEventSelectors: selectors.length > 0,
    HasInsightSelectors: false,
  };
}

function trailArn({ region, account }: TrailCall): string {
  return `arn:aws:cloudtrail:${region}:${account.accountId}:trail/${TRAIL_NAME}`;
}

function isTrail(name: string, call: TrailCall): boolean {
  return name === TRAIL_NAME || name === trailArn(call);
}

function requireTrail(name: string, call: TrailCall): void {
  if (isTrail(name, call)) return;
  throw new TrailApiError("TrailNotFoundException", `Unknown trail: ${name.slice(0, 300)}`);
}

function invalidSelectors(message: string): TrailApiError {
  return new TrailApiError("InvalidEventSelectorsException", message);
}
