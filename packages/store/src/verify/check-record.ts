import { ServiceError } from "@strongroom/base";
import type { EncryptionScheme, ObjectEncryption } from "../encryption/encryption.ts";
import type { ObjectKeyrings } from "../encryption/encryptor.ts";
import { isKeyAway, KeyServiceError } from "../encryption/key-service.ts";
import type { RequestKeys } from "../encryption/request-keys.ts";
import type { Engine } from "../engine.ts";
import { IndexIntegrityError, type IndexRecord } from "../index/index-port.ts";
import { versionIdOf } from "../objects/version-chain.ts";
import { partKey, partNumberOf, partRange, placeOf, successor, type WrappingTable } from "../record-keys.ts";
import {
  decodeChain,
  decodePart,
  decodeUpload,
  type PartLayout,
  type SealedBody,
  UnknownRecordError,
  type VersionRecord,
} from "../records.ts";
import { printId } from "../version-id.ts";
import { checkBody, type Fault, keyNameOf, type Pace } from "./check-body.ts";
import type { Depth, Finding } from "./finding.ts";

export interface CheckSetup {
  readonly engine: Engine;
  /** In whose name keys of the key service are asked for. */
  readonly keys: RequestKeys;
  /** Of this bucket alone; absent: of all. */
  readonly bucket?: string;
  readonly pace: Pace;
}

/** What was found of one record of a version or upload. */
export interface RecordCheck {
  readonly bucket: string;
  /** null: a delete marker, or a record that cannot be read. */
  readonly scheme: EncryptionScheme | null;
  readonly isUpload: boolean;
  readonly bodies: readonly { readonly depth: Depth; readonly sealedBytes: number }[];
  readonly findings: readonly Finding[];
  readonly unavailable: { readonly key: string; readonly reason: string } | null;
}

const PARTS_READ = 500;

/** Looks at one version or upload with everything that hangs on it. */
export async function checkRecord(
  setup: CheckSetup,
  table: WrappingTable,
  stored: IndexRecord,
): Promise<RecordCheck> {
  const place = placeOf(table, stored.key);
  const work = new RecordWork(setup, place, table === "upload");
  try {
    if (table === "upload") {
      const upload = decodeUpload(stored.value);
      work.name(upload.encryption, { uploadId: printId(upload), versionId: null });
      await work.unlock(upload.encryption, () => work.uploadParts(upload.uid, upload.encryption));
    } else {
      const record = decodeChain(stored.value);
      if (record.kind === "delete-marker") return work.result();
      work.name(record.encryption, { uploadId: null, versionId: versionIdOf(record) });
      await work.unlock(record.encryption, () => work.version(record));
    }
  } catch (error) {
    if (!(error instanceof IndexIntegrityError)) throw error;
    const problem = error instanceof UnknownRecordError ? "record-unknown" : "index-damaged";
    work.add({ problem, detail: error.message }, null, null);
  }
  return work.result();
}

class RecordWork {
  readonly #setup: CheckSetup;
  readonly #place: { readonly bucket: string; readonly objectKey: string };
  readonly #isUpload: boolean;
  readonly #findings: Finding[] = [];
  readonly #bodies: { depth: Depth; sealedBytes: number }[] = [];
  #encryption: ObjectEncryption | null = null;
  #ids: { readonly versionId: string | null; readonly uploadId: string | null } = {
    versionId: null,
    uploadId: null,
  };
  #keyrings: ObjectKeyrings | null = null;
  #unavailable: RecordCheck["unavailable"] = null;

  constructor(
    setup: CheckSetup,
    place: { readonly bucket: string; readonly objectKey: string },
    isUpload: boolean,
  ) {
    this.#setup = setup;
    this.#place = place;
    this.#isUpload = isUpload;
  }

  name(
    encryption: ObjectEncryption,
    ids: { readonly versionId: string | null; readonly uploadId: string | null },
  ): void {
    this.#encryption = encryption;
    this.#ids = ids;
  }

  /** Runs `look` with the record's keys where they are to be had. */
  async unlock(encryption: ObjectEncryption, look: () => Promise<void>): Promise<void> {
    const { engine, keys } = this.#setup;
    try {
      if (encryption.scheme === "sse-c") {
        this.#unavailable = { key: "customer's key", reason: "customer's key" };
      } else this.#keyrings = await engine.encryptor.resume(encryption, keys, this.#place);
    } catch (error) {
      const key = keyNameOf(encryption, null) ?? "";
      if (error instanceof ServiceError && error.kind === "integrity") {
        this.add({ problem: "key-altered", detail: error.message || String(error.code) }, null, null);
      } else if (!(error instanceof KeyServiceError)) throw error;
      else if (error.kind === "unavailable" && !isKeyAway(error)) throw error;
      // Also of a key whose device is away, which may be for good: one key does not hold up all the others.
      else this.#unavailable = { key, reason: error.code };
    }
    try {
      await look();
    } finally {
      this.#keyrings?.[Symbol.dispose]();
    }
  }

  async version(record: VersionRecord): Promise<void> {
    const { body, encryption, uid, sizeBytes } = record;
    if (!("layout" in body)) {
      if (body.sizeBytes !== sizeBytes) this.add(differs("the body"), null, body);
      await this.#body(body, encryption, uid, null);
      return;
    }
    if (sizeOf(body.layout) !== sizeBytes) this.add(differs("the parts"), null, null);
    for (const [first, count, partBytes] of body.layout) {
      for (let partNumber = first; partNumber < first + count; partNumber++) {
        await this.#layoutPart(uid, partNumber, partBytes, encryption);
      }
    }
  }

  async #layoutPart(
    uid: string,
    partNumber: number,
    sizeBytes: number,
    encryption: ObjectEncryption,
  ): Promise<void> {
    const stored = await this.#setup.engine.index.get(partKey(uid, partNumber));
    if (stored === null) {
      this.add({ problem: "part-missing", detail: "the part has no record" }, partNumber, null);
      return;
    }
    const { body } = decodePart(stored.value);
    if (body.sizeBytes !== sizeBytes) this.add(differs("the part"), partNumber, body);
    await this.#body(body, encryption, uid, partNumber);
  }

  async uploadParts(uid: string, encryption: ObjectEncryption): Promise<void> {
    const { index } = this.#setup.engine;
    const { from: first, to } = partRange(uid, -1);
    for (let from = first; ; ) {
      const page = await index.list({ from, to, limit: PARTS_READ });
      for (const stored of page) {
        await this.#body(decodePart(stored.value).body, encryption, uid, partNumberOf(stored.key), stored);
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PARTS_READ) return;
      from = successor(last.key);
    }
  }

  async #body(
    body: SealedBody,
    encryption: ObjectEncryption,
    uid: string,
    partNumber: number | null,
    stored: IndexRecord | null = null,
  ): Promise<void> {
    const { engine, pace } = this.#setup;
    const name = { ...this.#place, uid, partNumber: partNumber ?? 0 };
    const check = await checkBody(engine, { body, encryption, keyrings: this.#keyrings, name }, pace);
    if (check.fault !== null && stored !== null) {
      // Another upload of this part may have taken its place meanwhile: then the next pass looks at that one.
      const now = await engine.index.get(stored.key);
      if (now?.revision !== stored.revision) return;
    }
    this.#bodies.push({ depth: check.depth, sealedBytes: check.sealedBytes });
    if (check.fault !== null) this.add(check.fault, partNumber, body);
  }

  add({ problem, detail }: Fault, partNumber: number | null, body: SealedBody | null): void {
    const encryption = this.#encryption;
    this.#findings.push({
      problem,
      ...this.#place,
      ...this.#ids,
      partNumber,
      scheme: encryption?.scheme ?? null,
      key: encryption === null ? null : keyNameOf(encryption, body),
      detail,
    });
  }

  result(): RecordCheck {
    return {
      bucket: this.#place.bucket,
      scheme: this.#encryption?.scheme ?? null,
      isUpload: this.#isUpload,
      bodies: this.#bodies,
      findings: this.#findings,
      unavailable: this.#unavailable,
    };
  }
}

function differs(what: string): Fault {
  return { problem: "sizes-differ", detail: `${what} has another size than the record says` };
}

const sizeOf = (layout: PartLayout): number =>
  layout.reduce((sum, [, count, sizeBytes]) => sum + count * sizeBytes, 0);
