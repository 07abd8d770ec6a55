import type { PageCache } from "./page-cache.ts";
import { type PageSealer, RecordKind, tagOf } from "./page-sealer.ts";
import type { PageId, PageRef, PageStore } from "./page-store.ts";

/**
 * What one commit will write, sealed but not yet stored: so an error while it is being made leaves the store as it
 * was. Later calls for an id replace earlier ones.
 */
export class PageWrites {
  readonly #sealer: PageSealer;
  readonly #records = new Map<PageId, { readonly sealed: Buffer; readonly page: Buffer | null } | null>();
  #nextId: PageId;

  constructor(sealer: PageSealer, nextId: PageId) {
    this.#sealer = sealer;
    this.#nextId = nextId;
  }

  get nextId(): PageId {
    return this.#nextId;
  }

  takeId(): PageId {
    return this.#nextId++;
  }

  page(id: PageId, page: Buffer): PageRef {
    const sealed = this.#sealer.seal(RecordKind.page, id, page);
    this.#records.set(id, { sealed, page });
    return { id, tag: tagOf(sealed) };
  }

  value(bytes: Uint8Array): PageRef {
    const id = this.takeId();
    const sealed = this.#sealer.seal(RecordKind.value, id, bytes);
    this.#records.set(id, { sealed, page: null });
    return { id, tag: tagOf(sealed) };
  }

  remove(id: PageId): void {
    this.#records.set(id, null);
  }

  /** The page this commit will write under `id`, if it does. */
  pageAt(id: PageId): Buffer | undefined {
    return this.#records.get(id)?.page ?? undefined;
  }

  writeTo(store: PageStore): void {
    for (const [id, record] of this.#records) {
      if (record === null) store.delete(id);
      else store.put(id, record.sealed);
    }
  }

  /** Only after the commit is durable: a page of a failed commit must never be served. */
  rememberIn(cache: PageCache): void {
    for (const [id, record] of this.#records) {
      if (record === null) cache.delete(id);
      else if (record.page !== null) cache.set(id, tagOf(record.sealed), record.page);
    }
  }
}
