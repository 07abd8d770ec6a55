import { compareAt } from "./page-layout.ts";
import type { PageId } from "./page-store.ts";

interface CachedPage {
  readonly tag: Buffer;
  readonly page: Buffer;
  wasUsed: boolean;
}

/** What keeping a page costs besides its bytes. */
const COST_PER_PAGE_BYTES = 300;

/**
 * Opened pages by id. An entry counts only when its tag is the one an authentic parent names, so a page that
 * another process has since replaced is never served, and nothing has to be invalidated. Bounded by bytes; what
 * was not used since it was last passed over goes first.
 */
export class PageCache {
  readonly #maxBytes: number;
  readonly #pages = new Map<PageId, CachedPage>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** The opened page whose tag is `holder[tagAt, tagAt + 16)`, or undefined. */
  get(id: PageId, tag: Uint8Array): Buffer | undefined {
    const cached = this.#pages.get(id);
    if (cached === undefined || compareAt(cached.tag, 0, cached.tag.length, tag) !== 0) return undefined;
    cached.wasUsed = true;
    return cached.page;
  }

  set(id: PageId, tag: Uint8Array, page: Buffer): void {
    this.delete(id);
    this.#pages.set(id, { tag: Buffer.from(tag), page, wasUsed: false });
    this.#bytes += page.length + COST_PER_PAGE_BYTES;
    if (this.#bytes > this.#maxBytes) this.#evict();
  }

  delete(id: PageId): void {
    const cached = this.#pages.get(id);
    if (cached === undefined) return;
    this.#pages.delete(id);
    this.#bytes -= cached.page.length + COST_PER_PAGE_BYTES;
  }

  #evict(): void {
    // A used page gets one more round at the end of the map: at most two passes over it.
    for (const [id, cached] of this.#pages) {
      if (this.#bytes <= this.#maxBytes) return;
      if (cached.wasUsed) {
        cached.wasUsed = false;
        this.#pages.delete(id);
        this.#pages.set(id, cached);
      } else this.delete(id);
    }
  }
}
