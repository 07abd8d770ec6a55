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

  /** Logs in where that was not done under this connection. */
  of(place: StorePlace, store: CustomKeyStore): Promise<KeyDevice> {
    const known = this.#devices.get(store.id);
    if (known?.connection === store.connection) return known.device;
    this.close(store.id);
    const opened = { place, connection: store.connection, device: this.#open(place, store) };
    this.#devices.set(store.id, opened);
    opened.device.catch((error: unknown) => {
      if (!this.#isFinal(error) && this.#devices.get(store.id) === opened) this.#devices.delete(store.id);
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
    for (const { place, connection } of [...this.#devices.values()]) {
      const store = await find(place);
      if (store?.state !== "CONNECTED" || store.connection !== connection) this.close(place.id);
    }
  }
}
