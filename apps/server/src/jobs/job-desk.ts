import { randomBytes } from "node:crypto";
import type { Clock, RecordStore } from "@strongroom/base";
import type { AccountStore } from "@strongroom/iam";
import { type KeyService, KmsError } from "@strongroom/kms";
import {
  ARN_PAIR,
  bucketArn,
  type EncryptionScheme,
  FIRST_REENCRYPTION_CURSOR,
  type ObjectStore,
  objectArn,
  type ReencryptionTarget,
} from "@strongroom/store";
import type { AuditedKeyService } from "../audit/kms-events.ts";
import { ServerError } from "../server-error.ts";
import { inJobScope } from "./job-key-service.ts";
import { isOver } from "./job-progress.ts";
import {
  findJob,
  type Job,
  type JobState,
  type LeftVersion,
  listJobs,
  readReport,
  storeJob,
} from "./job-record.ts";
import { ownerCaller } from "./owner-caller.ts";

export interface JobDeskOptions {
  readonly store: Pick<ObjectStore, "requireBucket">;
  readonly records: RecordStore;
  readonly accounts: Pick<AccountStore, "findAccountByCanonicalUserId">;
  readonly keyService: Pick<KeyService, "findCurrentMaterial">;
  /** Each use is on the trail before it counts. */
  readonly audited: Pick<AuditedKeyService, "generateDataKey">;
  readonly region: string;
  readonly clock: Clock;
  /** Awaited before the job is stored. */
  readonly created: (job: Job) => Promise<void>;
  /** Awaited before the new state is stored. */
  readonly changed: (job: Job) => Promise<void>;
}

/** What is asked for. KMS keys as ARN, id or alias. */
export interface ReencryptionRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly scheme: EncryptionScheme | null;
  readonly key: string | null;
  readonly createdBeforeMs: number | null;
  readonly versions: "all" | "current";
  readonly to: ReencryptionTarget["scheme"];
  readonly toKey: string | null;
  readonly bucketKey: boolean;
}

export type JobAction = "pause" | "resume" | "cancel";

/** So many may wait or be paused at once. */
const MAX_UNFINISHED = 100;

/** Where jobs are asked for, looked at and controlled, beside the server or in it. Who works on them is `JobRunner`. */
export class JobDesk {
  readonly #options: JobDeskOptions;

  constructor(options: JobDeskOptions) {
    this.#options = options;
  }

  /**
   * Asks for a job. Throws NoSuchBucket, what the key service answers to an unknown key, and `ServerError`: KeyRefused where
   * the new key cannot be used in the name of the bucket's owner, InvalidJob, Busy.
   */
  async create(request: ReencryptionRequest): Promise<Job> {
    const { store, records, accounts, clock, created } = this.#options;
    const bucket = await store.requireBucket(request.bucket);
    const account = await accounts.findAccountByCanonicalUserId(bucket.ownerId);
    if (account === null) throw invalid("the account that owns the bucket is gone");
    if ((await listJobs(records)).filter((job) => !isOver(job)).length >= MAX_UNFINISHED) {
      throw new ServerError("Busy", "state", `${MAX_UNFINISHED} jobs are unfinished: cancel some of them`);
    }
    const id = randomBytes(8).toString("hex");
    const { prefix, scheme, createdBeforeMs, versions } = request;
    const keyArn = request.key === null ? null : await this.#keyArnOf(request.key, account.accountId);
    const job: Job = {
      id,
      kind: "re-encrypt",
      bucket: bucket.name,
      ownerId: bucket.ownerId,
      accountId: account.accountId,
      match: { prefix, scheme, keyArn, createdBeforeMs, versions },
      target: await this.#targetOf(request, account.accountId, id),
      state: "active",
      reason: null,
      createdMs: clock.nowMs(),
      finishedMs: null,
      cursor: FIRST_REENCRYPTION_CURSOR,
      ...{ total: 0, done: 0, skipped: {}, failed: {}, lastFailure: null },
      ...{ pages: 0, named: { skipped: 0, failed: 0 }, owner: "", leaseUntilMs: 0 },
    };
    await created(job);
    if (!(await storeJob(records, job, null))) throw new ServerError("Busy", "state", "try again");
    return job;
  }

  /** The newest first. */
  async list(): Promise<readonly Job[]> {
    return (await listJobs(this.#options.records)).toSorted((a, b) => b.createdMs - a.createdMs);
  }

  /** Throws NoSuchJob. */
  async require(id: string): Promise<Job> {
    const found = await findJob(this.#options.records, id);
    if (found !== null) return found.job;
    throw new ServerError(
      "NoSuchJob",
      "state",
      `there is no job ${JSON.stringify(id)}: "strongroom jobs list" shows those there are`,
    );
  }

  /** What matched and stays as it was, as far as it is named. */
  report(id: string): AsyncGenerator<LeftVersion> {
    return readReport(this.#options.records, id);
  }

  /** Throws NoSuchJob, and JobState where the job's state does not allow it. What is worked on stops within a step. */
  async change(id: string, action: JobAction): Promise<Job> {
    const { records, clock, changed } = this.#options;
    for (;;) {
      await this.require(id);
      const found = await findJob(records, id);
      if (found === null) continue;
      const state = stateAfter(found.job, action);
      if (state === found.job.state) return found.job;
      const finishedMs = state === "cancelled" ? clock.nowMs() : null;
      // Whoever has the lease keeps it: a step may be under way, and is its own to record.
      const next = { ...found.job, state, finishedMs };
      await changed(next);
      if (await storeJob(records, next, found.revision)) return next;
    }
  }

  async #targetOf(
    { to, toKey, bucketKey, bucket, prefix }: ReencryptionRequest,
    accountId: string,
    jobId: string,
  ): Promise<ReencryptionTarget> {
    if (to === "sse-s3") {
      if (toKey === null && !bucketKey) return { scheme: "sse-s3" };
      throw invalid("--kms-key-id and --bucket-key go with --to aws:kms");
    }
    if (toKey === null) throw invalid("--to aws:kms needs --kms-key-id");
    const keyId = await this.#keyArnOf(toKey, accountId);
    if (accountOf(keyId) !== accountId) {
      throw invalid(
        `the new key must be of account ${accountId}, which owns the bucket: whoever owns it must not lose its data with somebody else's key`,
      );
    }
    await this.#tryKey(
      keyId,
      accountId,
      jobId,
      bucketKey ? bucketArn(bucket) : objectArn({ bucket, objectKey: prefix }),
    );
    return { scheme: "sse-kms", keyId, context: {}, bucketKey };
  }

  /** A key that refuses is better known before the job than after it. */
  async #tryKey(keyArn: string, accountId: string, jobId: string, arn: string): Promise<void> {
    const caller = ownerCaller(accountId, this.#options.region);
    const request = { caller, keyId: keyArn, encryptionContext: { [ARN_PAIR]: arn } };
    try {
      const made = await inJobScope(jobId, () => this.#options.audited.generateDataKey(request));
      made.plaintext.wipe();
    } catch (error) {
      if (!(error instanceof KmsError)) throw error;
      throw new ServerError(
        "KeyRefused",
        "denied",
        `the new key refuses the account that owns the bucket: ${error.code}: ${error.message}`,
      );
    }
  }

  async #keyArnOf(name: string, accountId: string): Promise<string> {
    const { keyService, region } = this.#options;
    const asked = name.startsWith("arn:")
      ? name
      : `arn:aws:kms:${region}:${accountId}:${name.startsWith("alias/") ? name : `key/${name}`}`;
    return (await keyService.findCurrentMaterial(ownerCaller(accountId, region), asked)).keyArn;
  }
}

const accountOf = (keyArn: string): string => keyArn.split(":")[4] ?? "";

const ALLOWED: Readonly<Record<JobAction, readonly JobState[]>> = {
  pause: ["active", "paused"],
  resume: ["paused", "active"],
  cancel: ["active", "paused", "cancelled"],
};
const AFTER = { pause: "paused", resume: "active", cancel: "cancelled" } as const;

function stateAfter({ id, state }: Job, action: JobAction): JobState {
  if (ALLOWED[action].includes(state)) return AFTER[action];
  throw new ServerError("JobState", "state", `job ${id} is ${state}: there is nothing to ${action}`);
}

function invalid(message: string): ServerError {
  return new ServerError("InvalidJob", "invalid", message);
}
