import type { KeyObject } from "node:crypto";
import { encodeSequence, type RecordChange, type RecordCheck, type SecretBytes } from "@strongroom/base";
import { Pkcs11Error, type Pkcs11ErrorCode } from "@strongroom/pkcs11";
import { GenerationCache, type KmsRecords } from "../keys/kms-records.ts";
import { openBytes, requireOpened, sealBytes } from "../keys/sealed-bytes.ts";
import { KmsError } from "../kms-error.ts";
import { type ConnectionError, type CustomKeyStore, decodeStores, encodeStores } from "./custom-key-store.ts";
import type { KeyDevice, KeyDevices } from "./key-device.ts";
import { OpenDevices, type StorePlace } from "./open-devices.ts";

const storesKey = (accountId: string, region: string): Buffer =>
  encodeSequence(["kms", "custom-key-stores", accountId, region]);

type Stores = readonly CustomKeyStore[];

/** What clients, of other accounts too, hear of it: the error's own text is for the operator, whose modules and tokens it names. */
const TOLD = {
  ModuleUnusable: "its device is not set up rightly: the server's operator has to look at it",
  TokenMissing: "its device is not there: the server's operator has to look at it",
  PinRefused:
    "its device refused the password: DisconnectCustomKeyStore, UpdateCustomKeyStore and ConnectCustomKeyStore set another",
  KeyMissing: "there is no such key in its device",
  KeyExists: "there is such a key in its device already",
  KeyUnfit: "the key in its device is not one that may be used",
  NotSealedHere: "its device did not seal this",
  DeviceFailed: "its device failed, or does not answer: try again later",
} as const satisfies Record<Pkcs11ErrorCode, string>;

const NONE: KeyDevices = {
  has: () => false,
  open: () => Promise.reject(new Pkcs11Error("TokenMissing", "no device is connected")),
};

/** The custom key stores of all accounts and regions, and the devices that this process has open for them. */
export class CustomKeyStores {
  readonly devices: KeyDevices;
  readonly #records: KmsRecords;
  readonly #passwordKey: KeyObject;
  readonly #cache: GenerationCache<Stores>;
  readonly #open: OpenDevices;

  constructor(options: {
    readonly records: KmsRecords;
    /** `ServiceKeys.storePasswordSealing`. */
    readonly passwordKey: KeyObject;
    /** null: this process has none, and no store can be used in it. */
    readonly devices: KeyDevices | null;
  }) {
    this.#records = options.records;
    this.#passwordKey = options.passwordKey;
    this.devices = options.devices ?? NONE;
    this.#cache = new GenerationCache(options.records);
    this.#open = new OpenDevices(
      (place, store) => this.#login(place, store),
      (error) => error instanceof Pkcs11Error && error.code === "PinRefused",
    );
  }

  /** Of an account in one region, as of now, in the order in which they were made. */
  list(accountId: string, region: string): Promise<Stores> {
    return this.#cache.get(
      `${accountId}/${region}`,
      async () => (await this.#read(accountId, region)).stores,
    );
  }

  async find({ accountId, region, id }: StorePlace): Promise<CustomKeyStore | null> {
    return (await this.list(accountId, region)).find((store) => store.id === id) ?? null;
  }

  /** Changes the stores of an account as they are now; `decide` may throw, and is asked again when someone was faster. */
  update(accountId: string, region: string, decide: (stores: Stores) => Stores): Promise<Stores> {
    return this.#records.retry(async () => {
      const { stores, revision } = await this.#read(accountId, region);
      const changed = decide(stores);
      if (changed === stores) return { done: stores };
      const { change, check } = written(accountId, region, changed, revision);
      return (await this.#records.commit([change], [check])) ? { done: changed } : null;
    });
  }

  /** Changes one store. Throws CustomKeyStoreNotFoundException. */
  async updateOne(
    place: StorePlace,
    decide: (store: CustomKeyStore, all: Stores) => CustomKeyStore,
  ): Promise<CustomKeyStore> {
    const stores = await this.update(place.accountId, place.region, (all) => {
      const store = all.find(({ id }) => id === place.id);
      if (store === undefined) throw storeNotFound();
      const changed = decide(store, all);
      return changed === store ? all : all.map((each) => (each === store ? changed : each));
    });
    const store = stores.find(({ id }) => id === place.id);
    if (store === undefined) throw storeNotFound();
    return store;
  }

  /** What counts one key more or less of a store, to be part of the commit that adds or removes the key. */
  async counted(
    place: StorePlace,
    step: 1 | -1,
  ): Promise<{ readonly change: RecordChange; readonly check: RecordCheck } | null> {
    const { accountId, region, id } = place;
    const { stores, revision } = await this.#read(accountId, region);
    if (!stores.some((store) => store.id === id)) return null;
    const changed = stores.map((store) =>
      store.id === id ? { ...store, keyCount: Math.max(0, store.keyCount + step) } : store,
    );
    return written(accountId, region, changed, revision);
  }

  sealPassword({ accountId, region, id }: StorePlace, password: SecretBytes): Buffer {
    return sealBytes(this.#passwordKey, passwordBinding(accountId, region, id), password);
  }

  /** Logs in and marks the store as connected, or as failed and why. */
  async connect(place: StorePlace, store: CustomKeyStore): Promise<void> {
    const connection = store.connection + 1;
    let failure: ConnectionError | undefined;
    try {
      await this.#open.of(place, { ...store, connection });
    } catch (error) {
      if (!(error instanceof Pkcs11Error)) throw error;
      failure = connectionErrorOf(error);
    }
    await this.updateOne(place, (now) => {
      // Somebody else connected or changed it meanwhile: that stands.
      if (now.connection !== store.connection || now.state !== store.state) return now;
      return {
        ...now,
        connection,
        state: failure === undefined ? "CONNECTED" : "FAILED",
        errorCode: failure,
      };
    });
  }

  /**
   * Uses the device of a connected store. Throws KMSInvalidStateException for one that is not connected and
   * KeyUnavailableException for a device that cannot be used now; NotSealedHere is left to the caller.
   */
  async use<Result>(place: StorePlace, work: (device: KeyDevice) => Promise<Result>): Promise<Result> {
    const store = await this.find(place);
    if (store?.state !== "CONNECTED") throw notConnected(place.id);
    try {
      return await work(await this.#open.of(place, store));
    } catch (error) {
      if (!(error instanceof Pkcs11Error) || error.code === "NotSealedHere") throw error;
      if (error.code === "PinRefused") await this.#fail(place, store);
      throw new KmsError(
        "KeyUnavailableException",
        `The key store ${place.id} cannot be used: ${TOLD[error.code]}.`,
        error,
      );
    }
  }

  close(storeId: string): void {
    this.#open.close(storeId);
  }

  /** Lets go of devices whose store was disconnected by another process. To be called now and then. */
  closeUnused(): Promise<void> {
    return this.#open.closeUnused((place) => this.find(place));
  }

  /** Every process would try the refused PIN, and the device would lock itself. */
  async #fail(place: StorePlace, store: CustomKeyStore): Promise<void> {
    await this.updateOne(place, (now) =>
      now.connection === store.connection && now.state === "CONNECTED"
        ? { ...now, state: "FAILED", errorCode: "INVALID_CREDENTIALS" }
        : now,
    );
  }

  async #login({ accountId, region, id }: StorePlace, store: CustomKeyStore): Promise<KeyDevice> {
    if (!this.devices.has(store.clusterId, accountId))
      throw new Pkcs11Error("TokenMissing", `no device is set for ${store.clusterId}`);
    const binding = passwordBinding(accountId, region, id);
    using pin = requireOpened(openBytes(this.#passwordKey, binding, store.password));
    return await this.devices.open(store.clusterId, pin);
  }

  async #read(
    accountId: string,
    region: string,
  ): Promise<{ readonly stores: Stores; readonly revision: string | null }> {
    const record = await this.#records.store.find(storesKey(accountId, region));
    if (record === null) return { stores: [], revision: null };
    return { stores: decodeStores(record.value), revision: record.revision };
  }
}

function written(
  accountId: string,
  region: string,
  stores: Stores,
  revision: string | null,
): { readonly change: RecordChange; readonly check: RecordCheck } {
  const key = storesKey(accountId, region);
  return { change: { key, value: encodeStores(stores) }, check: { key, revision } };
}

function connectionErrorOf({ code }: Pkcs11Error): ConnectionError {
  if (code === "PinRefused") return "INVALID_CREDENTIALS";
  if (code === "TokenMissing") return "CLUSTER_NOT_FOUND";
  return code === "DeviceFailed" ? "NETWORK_ERRORS" : "INTERNAL_ERROR";
}

const passwordBinding = (accountId: string, region: string, id: string): readonly string[] => [
  "strongroom custom key store password",
  accountId,
  region,
  id,
];

export const storeNotFound = (): KmsError =>
  new KmsError("CustomKeyStoreNotFoundException", "There is no such custom key store.");

export const notConnected = (storeId: string): KmsError =>
  new KmsError(
    "KMSInvalidStateException",
    `The custom key store ${storeId} is not connected: ConnectCustomKeyStore connects it.`,
  );
