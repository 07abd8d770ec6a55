import { describeIndex } from "./index-conformance.ts";
import { MemoryIndex } from "./memory-index.ts";

describeIndex("MemoryIndex", async () => new MemoryIndex());
