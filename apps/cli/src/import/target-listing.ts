import type { S3Client } from "@aws-sdk/client-s3";
import type { SourceVersion } from "./import-source.ts";
import type { ImportTarget } from "./import-target.ts";
import { listVersionPages } from "./list-versions.ts";

/**
 * What the target holds, read beside the source's listing: both give keys in the order of their UTF-8 bytes, so one pass is enough. A
 * key that comes out of order is asked for alone.
 */
export class TargetListing {
  readonly #target: ImportTarget;
  readonly #bucket: string;
  readonly #pages: AsyncGenerator<readonly SourceVersion[]>;
  #page: readonly SourceVersion[] = [];
  #at = 0;
  #isOver = false;
  #lastKey: Buffer | null = null;

  constructor(target: ImportTarget, client: S3Client, bucket: string, prefix: string) {
    this.#target = target;
    this.#bucket = bucket;
    this.#pages = listVersionPages(client, bucket, prefix);
  }

  /** Versions under this key, the oldest first. */
  async versionsOf(objectKey: string): Promise<readonly SourceVersion[]> {
    const wanted = Buffer.from(objectKey);
    if (this.#lastKey !== null && Buffer.compare(wanted, this.#lastKey) <= 0)
      return await this.#target.listVersionsOf(this.#bucket, objectKey);
    this.#lastKey = wanted;
    const found: SourceVersion[] = [];
    for (let next = await this.#peek(); next !== null; next = await this.#peek()) {
      const order = Buffer.compare(Buffer.from(next.objectKey), wanted);
      if (order > 0) break;
      if (order === 0) found.push(next);
      this.#at++;
    }
    return found.reverse();
  }

  async #peek(): Promise<SourceVersion | null> {
    while (this.#at >= this.#page.length) {
      if (this.#isOver) return null;
      const { value, done } = await this.#pages.next();
      this.#isOver = done === true;
      this.#page = value ?? [];
      this.#at = 0;
    }
    return this.#page[this.#at] ?? null;
  }
}
