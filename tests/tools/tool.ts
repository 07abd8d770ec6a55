import type { ClientEnvironment } from "../harness/client-environment.ts";

/** What a tool is made to ask for. The last two ask for nothing: the bucket decides, and its default is S3's or a KMS key. */
export const SCHEMES = ["sse-s3", "sse-kms", "sse-c", "default", "bucket-kms"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** In this order; what they are is in README.md. */
export const STEPS = ["put", "head", "range", "copy", "get", "parts"] as const;
export type Step = (typeof STEPS)[number];

/** Which bytes of the small object are read by the ranged get: they lie in two sealed chunks. */
export const RANGE = { first: 65_000, last: 66_999 } as const;
export const SMALL_BYTES = 150_000;
export const LARGE_BYTES = (12 << 20) + 1;

/** One tool under one scheme. */
export interface Job {
  readonly scheme: Scheme;
  readonly environment: ClientEnvironment;
  readonly bucket: string;
  /** Everything that the job stores has a key that begins so; it ends with a slash. */
  readonly prefix: string;
  readonly kmsKeyArn: string;
  /** 32 printable characters, since some tools take nothing else. */
  readonly customerKey: string;
  readonly small: string;
  readonly large: string;
  /** Where what was read goes: files `range`, `get` and `parts`. Also the tool's home. */
  readonly folder: string;
  /** The step was carried out; `seen` is the scheme as the tool itself showed it in a HEAD, see README.md. */
  done(step: Step, seen?: string): void;
}

/** A tool that is here. */
export interface ReadyTool {
  readonly version: string;
  /** Carries out the steps that the tool has, in order. The step after the last one that is done is the one that failed. */
  run(job: Job): Promise<void>;
}

export interface Tool {
  /** As names of cells and of test runs have it. */
  readonly name: string;
  readonly title: string;
  /** The option or variable by which it was told the server's certificate authority. */
  readonly authority: string;
  /** Installed within seconds: runs with every change. The others run on demand. */
  readonly isQuick: boolean;
  /** Why the tool has no such step under the scheme, or null; it is then not tried. */
  lacks(scheme: Scheme, step: Step): string | null;
  /** Under SSE-KMS it can only ask for the key that AWS manages. */
  readonly namesNoKmsKey?: boolean;
  /** What its user should know, if anything. */
  readonly remark?: string;
  /** What a user of the scheme should know, if anything. */
  readonly remarks?: Partial<Record<Scheme, string>>;
  open(): Promise<ReadyTool | { readonly missing: string }>;
}
