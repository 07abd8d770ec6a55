import { randomUUID } from "node:crypto";
import { printEventTime, TrailWriter } from "@strongroom/audit";
import { type Clock, systemClock } from "@strongroom/base";
import {
  firstSurvey,
  masterKeySurvey,
  type RecordsOnly,
  readWrapFloor,
  type SurveyCursor,
  surveyStep,
} from "@strongroom/store";
import { ServerError } from "../server-error.ts";
import { findNewestProof, isProofGood, type RewrapStatement } from "../storage/rewrap-proof.ts";
import type { Vault } from "../vault.ts";

export interface Destruction {
  /** Versions that were destroyed now; earlier ones are left out. */
  readonly destroyed: readonly number[];
  /** Of these: made before master keys had erasable halves, so that old pages of the index may hold them for a while. */
  readonly notErasable: readonly number[];
  readonly proof: RewrapStatement;
  /** Data keys that were looked at once more. */
  readonly surveyed: number;
}

export interface DestructionOptions {
  readonly vault: Pick<Vault, "index" | "records" | "masterKeys" | "auditKeys">;
  readonly trailFolder: string;
  readonly region: string;
  readonly accountId: string;
  readonly clock?: Clock;
}

/** Where the event is from, as the trail names it: no service that answers requests. */
export const MASTER_KEY_EVENTS = "keys.strongroom";

const SURVEY_RECORDS = 1_000;

/**
 * Destroys the SSE-S3 master keys up to `version`, for good. Throws NoProof where no run has ended with a proof that
 * nothing hangs on them, and MasterKeyInUse where something does all the same. On the audit trail before it is done.
 */
export async function destroyMasterKeys(options: DestructionOptions, version: number): Promise<Destruction> {
  const { vault } = options;
  const engine = { index: vault.index };
  const proof = await requireProof(vault, version);
  const floor = await readWrapFloor(engine);
  if (floor.version <= version) throw noProof(version);
  const surveyed = await requireNothingLeft(engine, version + 1);
  const before = await vault.masterKeys.list();
  await recordDestruction(options, version, proof);
  const destroyed = await vault.masterKeys.destroyUpTo(version);
  const notErasable = before
    .filter((state) => destroyed.includes(state.version) && !state.isErasable)
    .map((state) => state.version);
  return { destroyed, notErasable, proof, surveyed };
}

async function requireProof(
  { records, auditKeys }: DestructionOptions["vault"],
  version: number,
): Promise<RewrapStatement> {
  const proof = await findNewestProof(records);
  if (proof === null || proof.statement.noneUpTo < version) throw noProof(version);
  if (isProofGood(auditKeys, proof)) return proof.statement;
  throw new ServerError("Tampered", "integrity", "the signature of the stored proof does not verify");
}

/** Returns how many data keys were looked at. */
async function requireNothingLeft(engine: RecordsOnly, version: number): Promise<number> {
  const found = { looked: 0, below: 0, unreadable: 0 };
  const survey = masterKeySurvey(version);
  for (let cursor: SurveyCursor | null = firstSurvey(survey); cursor !== null; ) {
    const step = await surveyStep(engine, survey, cursor, SURVEY_RECORDS);
    found.looked += step.looked;
    found.below += step.below;
    found.unreadable += step.unreadable;
    cursor = step.next;
  }
  if (found.below === 0 && found.unreadable === 0) return found.looked;
  throw new ServerError(
    "MasterKeyInUse",
    "state",
    `${found.below} data keys hang on a master key up to version ${version - 1}, and ${found.unreadable} records could not be read: nothing was destroyed`,
    { next: "strongroom keys rewrap --watch wraps what can be wrapped" },
  );
}

function noProof(version: number): ServerError {
  return new ServerError(
    "NoProof",
    "state",
    `there is no proof that nothing hangs on master keys up to version ${version}: nothing was destroyed`,
    {
      next: "strongroom keys rotate --watch makes a newer one, wraps everything under it and ends with the proof",
    },
  );
}

async function recordDestruction(
  { vault, trailFolder, region, accountId, clock = systemClock }: DestructionOptions,
  version: number,
  proof: RewrapStatement,
): Promise<void> {
  const writer = new TrailWriter({ folder: trailFolder, keys: vault.auditKeys, clock });
  await using _closed = { [Symbol.asyncDispose]: () => writer.close() };
  await writer.append({
    eventVersion: "1.11",
    userIdentity: { type: "AWSService", invokedBy: "strongroom keys destroy" },
    eventTime: printEventTime(clock.nowMs()),
    eventSource: MASTER_KEY_EVENTS,
    eventName: "DestroyMasterKeys",
    awsRegion: region,
    sourceIPAddress: "AWS Internal",
    userAgent: "strongroom",
    requestParameters: { upToVersion: version, proofFinishedAt: proof.finishedAt },
    responseElements: null,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: "AwsServiceEvent",
    managementEvent: true,
    recipientAccountId: accountId,
    eventCategory: "Management",
  });
}
