import { describeBlobStore } from "./blob-store-conformance.ts";
import { MemoryBlobStore } from "./memory-blob-store.ts";

describeBlobStore("MemoryBlobStore", async () => new MemoryBlobStore());
