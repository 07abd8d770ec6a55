import type { Peer } from "../peers/peer.ts";
import { fill } from "./fill.ts";
import { presigner } from "./presign.ts";
import type { Load } from "./wrk.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
export const BUCKET = "bench";

/** One row of the table: what is loaded, and the ratio to the peer that the project wants of it. */
export interface Case {
  readonly name: string;
  readonly kind: "put" | "get" | "range" | "head" | "list";
  readonly sizeBytes: number;
  /** Distinct objects that the load goes round. */
  readonly objects: number;
  readonly connections: number;
  /** Of wrk. One suffices, but for bodies so large that opening them keeps it busier than the servers. */
  readonly threads: number;
  /** Wanted rate, as a multiple of the peer's; null where none is set. */
  readonly target: number | null;
  /** Too long to belong to the ordinary run. */
  readonly fullOnly: boolean;
}

const row = (
  name: string,
  kind: Case["kind"],
  sizeBytes: number,
  objects: number,
  target: number | null,
  more: Partial<Case> = {},
): Case => ({ name, kind, sizeBytes, objects, connections: 8, threads: 1, target, fullOnly: false, ...more });

export const CASES: readonly Case[] = [
  row("put-4k", "put", 4 * KIB, 2_000, 2),
  row("get-4k", "get", 4 * KIB, 2_000, 2),
  row("put-64k", "put", 64 * KIB, 500, 2),
  row("get-64k", "get", 64 * KIB, 500, 2),
  row("put-1m", "put", MIB, 64, 1.2),
  row("get-1m", "get", MIB, 64, 1.2),
  row("put-64m", "put", 64 * MIB, 4, 1, { connections: 4, threads: 2 }),
  row("get-64m", "get", 64 * MIB, 4, 1, { connections: 4, threads: 2 }),
  row("range-4k", "range", 64 * MIB, 4, null),
  row("head", "head", 0, 1_000, null),
  row("list-10k", "list", 0, 10_000, null),
  row("list-100k", "list", 0, 100_000, null),
  row("list-1m", "list", 0, 1_000_000, null, { fullOnly: true }),
];

const PAGE = 1_000;
const LIST_TARGETS = 64;
const RANGE_TARGETS = 256;
const RANGE_BYTES = 4 * KIB;

const objectKey = (index: number): string =>
  `folder-${String(index % 100).padStart(2, "0")}/${String(index).padStart(8, "0")}`;

function* objectTargets(peer: Peer, method: string, of: Case, bucket: string): Generator<string> {
  const presign = presigner(peer.endpoint);
  for (let i = 0; i < of.objects; i += 1) yield presign(method, `/${bucket}/${of.name}/${objectKey(i)}`);
}

const bucketOf = (of: Case): string => (of.kind === "list" ? of.name : BUCKET);

/** Makes the bucket and puts every object of the case once, so that each target exists before the load. */
export async function prepareCase(peer: Peer, of: Case, body: Uint8Array): Promise<void> {
  const bucket = bucketOf(of);
  if (of.kind === "list") await createBucket(peer, bucket);
  const connections = of.sizeBytes > MIB ? 2 : 16;
  await fill(
    peer.endpoint,
    "PUT",
    objectTargets(peer, "PUT", of, bucket),
    body.subarray(0, of.sizeBytes),
    connections,
  );
}

export async function createBucket(peer: Peer, bucket: string): Promise<void> {
  await fill(peer.endpoint, "PUT", [presigner(peer.endpoint)("PUT", `/${bucket}`)], null, 1);
}

/**
 * The load of one case. LIST starts at keys spread over the whole bucket. HEAD asks for objects of zero bytes, since
 * wrk would wait for the body that a Content-Length announces.
 */
export function loadOf(peer: Peer, of: Case, seconds: number): Load {
  const shared = {
    connections: of.connections,
    threads: of.threads,
    seconds,
    bodyBytes: of.kind === "put" ? of.sizeBytes : 0,
    ranges: [],
  };
  const method = of.kind === "put" ? "PUT" : of.kind === "head" ? "HEAD" : "GET";
  if (of.kind === "list") {
    const presign = presigner(peer.endpoint);
    const targets = Array.from({ length: LIST_TARGETS }, (_, i) => {
      const folder = String(Math.floor((i * 90) / LIST_TARGETS)).padStart(2, "0");
      const after = `${of.name}/folder-${folder}/`;
      return presign("GET", `/${of.name}`, {
        "list-type": "2",
        "max-keys": String(PAGE),
        "start-after": after,
      });
    });
    return { ...shared, method, targets };
  }
  const targets = [...objectTargets(peer, method, of, BUCKET)];
  if (of.kind !== "range") return { ...shared, method, targets };
  const stride = Math.floor((of.sizeBytes - RANGE_BYTES) / RANGE_TARGETS);
  const ranges = Array.from({ length: RANGE_TARGETS }, (_, i) => {
    const first = ((i * 101) % RANGE_TARGETS) * stride;
    return `bytes=${first}-${first + RANGE_BYTES - 1}`;
  });
  return { ...shared, method, targets: ranges.map((_, i) => targets[i % targets.length] ?? ""), ranges };
}
