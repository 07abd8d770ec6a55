import type { CustomKeyStore } from "./custom-key-store.ts";
import type { KeyDevice } from "./key-device.ts";

interface OpenDevice {
  readonly place: StorePlace;
  readonly connection: number;
  readonly device: Promise<KeyDevice>;
}

/** Where a store is. */
export interface StorePlace {
  readonly accountId: string;
  readonly region: string;
  readonly id: string;
}

/** To open a device takes a process of its own: one that is away is not tried for each request that wants it. */
const RETRY_AFTER_MS = 2_000;

/** The devices that this process is logged in to, one for each connection of a store. */
export class OpenDevices {
  readonly #open: (place: StorePlace, store: CustomKeyStore) => Promise<KeyDevice>;
  /** A refusal of these is kept for as long as the connection: asking again could lock the device. */
  readonly #isFinal: (error: unknown) => boolean;
  readonly #devices = new Map<string, OpenDevice>();

  constructor(
    open: (place: StorePlace, store: CustomKeyStore) => Promise<KeyDevice>,
    isFinal: (error: unknown) => boolean,
  ) {
    this.#open = open;
    this.#isFinal = isFinal;
  }

  /** Logs in where that was not done under this connection. A failure is answered for two seconds. */
  of(place: StorePlace, store: CustomKeyStore): Promise<KeyDevice> {
    const known = this.#devices.get(store.id);
    if (known?.connection === store.connection) return known.device;
    this.close(store.id);
    const opened = { place, connection: store.connection, device: this.#open(place, store) };
    this.#devices.set(store.id, opened);
    opened.device.catch((error: unknown) => {
      if (this.#isFinal(error)) return;
      const forget = (): void => {
        if (this.#devices.get(store.id) === opened) this.#devices.delete(store.id);
      };
      setTimeout(forget, RETRY_AFTER_MS).unref();
    });
    return opened.device;
  }

  close(storeId: string): void {
    const known = this.#devices.get(storeId);
    this.#devices.delete(storeId);
    known?.device.then(
      (device) => device.close(),
      () => {},
    );
  }

  /** Closes what no connected store stands for any more. */
  async closeUnused(find: (place: StorePlace) => Promise<CustomKeyStore | null>): Promise<void> {
    for (const looked of [...this.#devices.values()]) {
      const { place, connection } = looked;
      const store = await find(place);
      // It may have been connected anew meanwhile.
      if (this.#devices.get(place.id) !== looked) continue;
      if (store?.state !== "CONNECTED" || store.connection !== connection) this.close(place.id);
    }
  }
}
