/** Where a server answers, and as whom to sign. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** One server under load, started by the benchmark on a folder of its own and stopped by it. */
export interface Peer {
  readonly name: "strongroom" | "minio";
  /** What was run, for the results file: no host paths, no secrets. */
  readonly version: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly endpoint: Endpoint;
  /** Resident memory of the server's processes in MiB, null when the platform does not tell. */
  residentMiB(): number | null;
  /** Processor time of the server's processes so far, in seconds; null when the platform does not tell. */
  cpuSeconds(): number | null;
  stop(): Promise<void>;
}
