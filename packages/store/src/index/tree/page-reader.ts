import { REF_BYTES } from "./branch-page.ts";
import type { StoredValue } from "./leaf-page.ts";
import type { PageCache } from "./page-cache.ts";
import { requireWellFormed } from "./page-layout.ts";
import { type PageSealer, RecordKind } from "./page-sealer.ts";
import type { PageId, PageRef, PageStore } from "./page-store.ts";

/** Opens the pages and values of one snapshot, each only as the version its parent names. */
export class PageReader {
  readonly #store: Pick<PageStore, "get">;
  readonly #sealer: PageSealer;
  readonly #cache: PageCache | null;

  /** Without a cache every page is read and authenticated again. */
  constructor(store: Pick<PageStore, "get">, sealer: PageSealer, cache: PageCache | null) {
    this.#store = store;
    this.#sealer = sealer;
    this.#cache = cache;
  }

  /** An opened page: shared, never to be written to. Throws `IndexIntegrityError`. */
  page(id: PageId, tag: Uint8Array, level: number): Buffer {
    const cached = this.#cache?.get(id, tag);
    if (cached !== undefined) return cached;
    const page = this.#sealer.open(RecordKind.page, id, this.#store.get(id), tag);
    requireWellFormed(page, level, level === 0 ? 0 : REF_BYTES);
    this.#cache?.set(id, tag, page);
    return page;
  }

  /** The bytes of a value: the caller's own. */
  value(stored: StoredValue): Buffer {
    if ("inline" in stored) return Buffer.from(stored.inline);
    const { id, tag }: PageRef = stored.outOfLine;
    return this.#sealer.open(RecordKind.value, id, this.#store.get(id), tag);
  }
}
