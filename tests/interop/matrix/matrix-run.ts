import type { Participant, PeerRequest } from "../peers/peer-process.ts";
import { ABILITIES } from "./abilities.ts";
import {
  CONTEXT_PAIRS,
  type KeyringKind,
  LARGE_SIZES,
  MULTIPART_BYTES,
  OURS,
  type ParticipantName,
  SHAPES,
  type Shape,
  SMALL_SIZES,
} from "./shapes.ts";

/** The plaintext of one size, on disk. */
export interface Plaintext {
  readonly file: string;
  readonly sha256: string;
}

export interface MatrixSetting {
  readonly bucket: string;
  readonly participants: ReadonlyMap<ParticipantName, Participant>;
  readonly plaintexts: ReadonlyMap<number, Plaintext>;
  /** Key material by kind; a kind that is absent is not tried. */
  readonly keyrings: ReadonlyMap<KeyringKind, Readonly<Record<string, string>>>;
}

/** What became of one object with one reader. */
export interface Reading {
  readonly shape: Shape;
  readonly sizeBytes: number;
  readonly writer: ParticipantName;
  /** Null when it was not even written. */
  readonly reader: ParticipantName | null;
  readonly failure: string | null;
}

const SIZES_AMONG_PEERS: readonly number[] = [0, 17, 1 << 20];

interface WrittenObject {
  readonly shape: Shape;
  readonly sizeBytes: number;
  readonly writer: ParticipantName;
  readonly key: string;
}

/** Everybody writes all it can; then everybody reads all it can of what was written. */
export async function runMatrix(setting: MatrixSetting): Promise<readonly Reading[]> {
  const readings: Reading[] = [];
  const objects: WrittenObject[] = [];
  await Promise.all(
    [...setting.participants].map(async ([writer, participant]) => {
      for (const object of objectsOf(writer, setting)) {
        const failure = await write(setting, participant, object);
        if (failure === null) objects.push(object);
        else readings.push({ ...withoutKey(object), reader: null, failure });
      }
    }),
  );
  await Promise.all(
    [...setting.participants].map(async ([reader, participant]) => {
      for (const object of objects.filter((one) => isReadBy(reader, one))) {
        const failure = await read(setting, participant, object);
        readings.push({ ...withoutKey(object), reader, failure });
      }
    }),
  );
  return readings;
}

/**
 * Small objects with every context; large ones with the one that every client can store, since content does not depend on it,
 * and the largest where the writer uploads in parts.
 */
function objectsOf(writer: ParticipantName, { keyrings }: MatrixSetting): WrittenObject[] {
  const possible = SHAPES.filter(
    (shape) => keyrings.has(shape.keyring) && ABILITIES[writer].write(shape) === null,
  );
  return possible.flatMap((shape) =>
    sizesOf(writer, shape).map((sizeBytes) => ({
      shape,
      sizeBytes,
      writer,
      key: [writer, shape.suite, shape.keyring, shape.storage, shape.context, sizeBytes].join("/"),
    })),
  );
}

function sizesOf(writer: ParticipantName, { context }: Shape): readonly number[] {
  if (context !== "ascii") return SMALL_SIZES;
  return [
    ...SMALL_SIZES,
    ...LARGE_SIZES.filter((size) => size < MULTIPART_BYTES || ABILITIES[writer].uploadsParts),
  ];
}

/** Ours reads everything and everybody reads ours and its own; from one peer to another go a few sizes. */
function isReadBy(reader: ParticipantName, { shape, sizeBytes, writer }: WrittenObject): boolean {
  const { read, readSize } = ABILITIES[reader];
  if (read(shape, writer) !== null || (readSize?.(shape, sizeBytes) ?? null) !== null) return false;
  return reader === OURS || writer === OURS || reader === writer || SIZES_AMONG_PEERS.includes(sizeBytes);
}

async function write(
  setting: MatrixSetting,
  participant: Participant,
  object: WrittenObject,
): Promise<string | null> {
  const { file = "" } = setting.plaintexts.get(object.sizeBytes) ?? {};
  const multipart = object.sizeBytes >= MULTIPART_BYTES;
  const answer = await participant.ask({ op: "put", file, multipart, ...requestOf(setting, object) });
  return answer.ok ? null : answer.error;
}

async function read(
  setting: MatrixSetting,
  participant: Participant,
  object: WrittenObject,
): Promise<string | null> {
  const answer = await participant.ask({ op: "get", ...requestOf(setting, object) });
  if (!answer.ok) return answer.error;
  if (answer.sizeBytes !== object.sizeBytes) return `read ${answer.sizeBytes} bytes of ${object.sizeBytes}`;
  return answer.sha256 === setting.plaintexts.get(object.sizeBytes)?.sha256 ? null : "read other bytes";
}

function requestOf(
  { bucket, keyrings }: MatrixSetting,
  { shape, key }: WrittenObject,
): Omit<PeerRequest, "op"> {
  return {
    bucket,
    key,
    suite: shape.suite,
    keyring: { kind: shape.keyring, ...keyrings.get(shape.keyring) },
    storage: shape.storage,
    context: CONTEXT_PAIRS[shape.context],
  };
}

const withoutKey = ({ key: _, ...rest }: WrittenObject): Omit<WrittenObject, "key"> => rest;
