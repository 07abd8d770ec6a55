import {
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  combineCrc,
  createChecksum,
  multipartEtag,
} from "@strongroom/wire";
import { damaged } from "./import-error.ts";
import type { OpenedPart, SourceObject } from "./import-source.ts";

/** What an object gets whose source has no checksum, as S3 does it. */
const DEFAULT_ALGORITHM = "CRC64NVME";

interface PartDigests {
  readonly sizeBytes: number;
  readonly md5: string;
  readonly checksum: Buffer;
}

/**
 * Digests of one object on its way: of each part, and of the whole. What the source says of its content is compared before the last
 * bytes of the last part go on, so that a target never gets all of an object that is not what it was.
 */
export class ContentDigests {
  readonly algorithm: ChecksumAlgorithm;
  readonly #object: SourceObject;
  readonly #parts: PartDigests[] = [];

  constructor(object: SourceObject) {
    this.#object = object;
    this.algorithm = object.checksum?.algorithm ?? DEFAULT_ALGORITHM;
  }

  /** Passes a part on; after a failure it may come again. Throws ImportError "Damaged". */
  async *follow(index: number, { sizeBytes, body }: OpenedPart): AsyncGenerator<Uint8Array> {
    const md5 = createChecksum("MD5");
    const checksum = createChecksum(this.algorithm);
    let readBytes = 0;
    let held: Uint8Array | null = null;
    for await (const bytes of body) {
      if (held !== null) yield held;
      held = bytes;
      readBytes += bytes.length;
      md5.update(bytes);
      checksum.update(bytes);
    }
    if (readBytes !== sizeBytes) throw damaged(`the source sent ${readBytes} bytes instead of ${sizeBytes}`);
    this.#parts[index] = { sizeBytes, md5: md5.digest().toString("hex"), checksum: checksum.digest() };
    if (index === this.#object.parts.length - 1) this.#requireWhole();
    if (held !== null) yield held;
  }

  partMd5(index: number): string {
    return this.#parts[index]?.md5 ?? "";
  }

  partChecksum(index: number): string {
    return this.#parts[index]?.checksum.toString("base64") ?? "";
  }

  /** The ETag that S3 makes of this content, where its encryption lets it show one. */
  contentEtag(): string {
    const parts = this.#parts.map(({ md5 }) => md5);
    return this.#object.isMultipart ? multipartEtag(parts) : (parts[0] ?? "");
  }

  /** Base64 of the whole content's checksum; null for algorithms that only combine as composites. */
  wholeChecksum(): string | null {
    const [first, ...others] = this.#parts;
    if (first === undefined) return null;
    if (others.length === 0) return first.checksum.toString("base64");
    const algorithm = crcOf(this.algorithm);
    if (algorithm === null) return null;
    const combined = others.reduce(
      (sum, part) => combineCrc(algorithm, sum, part.checksum, part.sizeBytes),
      first.checksum,
    );
    return combined.toString("base64");
  }

  #requireWhole(): void {
    const { contentEtag, checksum, isLayoutGuessed } = this.#object;
    if (contentEtag !== null && !isLayoutGuessed && contentEtag !== this.contentEtag())
      throw damaged("the content does not fit the ETag that the source tells");
    if (checksum === null || (checksum.type === "COMPOSITE" && isLayoutGuessed)) return;
    const calculated = checksum.type === "COMPOSITE" ? this.#compositeChecksum() : this.wholeChecksum();
    if (calculated !== null && calculated !== checksum.value)
      throw damaged(`the content does not fit the ${checksum.algorithm} that the source tells`);
  }

  #compositeChecksum(): string {
    const running = createChecksum(this.algorithm);
    for (const { checksum } of this.#parts) running.update(checksum);
    return running.digest().toString("base64");
  }
}

function crcOf(algorithm: ChecksumAlgorithm): CrcAlgorithm | null {
  return algorithm === "SHA1" || algorithm === "SHA256" ? null : algorithm;
}
