import type { KeyService } from "@strongroom/kms";

const IDLE_CHECK_MS = 60_000;

/**
 * Has a key service let go of what it opened and nobody uses, for as long as this process lives: key material, also of keys that
 * were deleted meanwhile by another service of the same process, and devices whose store was disconnected. Each one needs it.
 */
export function droppingIdle(keyService: KeyService): KeyService {
  setInterval(() => keyService.dropIdle(), IDLE_CHECK_MS).unref();
  return keyService;
}
