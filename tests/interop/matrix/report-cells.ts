import { ABILITIES } from "./abilities.ts";
import type { Reading } from "./matrix-run.ts";
import { CONTEXTS, LARGE_SIZES, type ParticipantName, type Shape, SMALL_SIZES } from "./shapes.ts";

/** A table of the report: shapes that differ in their context only. */
export type Group = Omit<Shape, "context">;

/** One writer's objects of a group with one reader. */
export interface Cell {
  readonly group: Group;
  readonly writer: ParticipantName;
  readonly reader: ParticipantName;
  /** Objects that were read back whole, as "context size". */
  readonly passed: readonly string[];
  readonly failures: readonly { readonly object: string; readonly failure: string }[];
  /** Why some contexts, or all, were not tried. */
  readonly reasons: readonly string[];
  /** No context could be tried, by what the clients can do. */
  readonly isUnsupported: boolean;
}

export function cellOf(
  readings: readonly Reading[],
  group: Group,
  writer: ParticipantName,
  reader: ParticipantName,
): Cell {
  const shapes = CONTEXTS.map((context): Shape => ({ ...group, context }));
  const refusals = shapes.map((shape) => refusalOf(shape, writer, reader));
  const sizes = [...SMALL_SIZES, ...LARGE_SIZES].map((sizeBytes) => {
    const reason = ABILITIES[reader].readSize?.({ ...group, context: "none" }, sizeBytes) ?? null;
    return reason === null ? null : `${reader} ${reason}`;
  });
  const isUnsupported = refusals.every((reason) => reason !== null);
  const mine = readings.filter(
    (one) =>
      one.writer === writer && (one.reader === reader || one.reader === null) && isOf(group, one.shape),
  );
  return {
    group,
    writer,
    reader,
    passed: mine.filter(({ failure }) => failure === null).map(objectName),
    failures: mine.flatMap((one) =>
      one.failure === null ? [] : [{ object: objectName(one), failure: one.failure }],
    ),
    reasons: [...new Set([...refusals, ...(isUnsupported ? [] : sizes)].filter((reason) => reason !== null))],
    isUnsupported,
  };
}

function refusalOf(shape: Shape, writer: ParticipantName, reader: ParticipantName): string | null {
  const cannotWrite = ABILITIES[writer].write(shape);
  if (cannotWrite !== null) return `${writer} ${cannotWrite}`;
  const cannotRead = ABILITIES[reader].read(shape, writer);
  return cannotRead === null ? null : `${reader} ${cannotRead}`;
}

function isOf(group: Group, shape: Shape): boolean {
  return shape.suite === group.suite && shape.keyring === group.keyring && shape.storage === group.storage;
}

const objectName = ({ shape, sizeBytes }: Reading): string => `${shape.context} ${sizeBytes}`;
