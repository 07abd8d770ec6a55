import type { PageId, PageStore } from "./page-store.ts";

/** Pages in a map, for tests of the tree: what it holds can be looked at, swapped and spoilt. */
export class MapPageStore implements PageStore {
  readonly pages = new Map<PageId, Buffer>();

  get(id: PageId): Uint8Array | undefined {
    return this.pages.get(id);
  }

  put(id: PageId, bytes: Uint8Array): void {
    this.pages.set(id, Buffer.from(bytes));
  }

  delete(id: PageId): void {
    this.pages.delete(id);
  }
}
