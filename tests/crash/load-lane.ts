import { postFormRequest } from "../harness/post-form.ts";
import { copySourceKeyHeaders, SCHEMES } from "../harness/schemes.ts";
import { type WireResponse, xmlTexts } from "../harness/wire-client.ts";
import { changePlace } from "./change-place.ts";
import { DefaultBucket } from "./default-bucket.ts";
import {
  addressOf,
  copySourceOf,
  documentOf,
  hasEtag,
  LaneClient,
  type LoadSetup,
  placeAddress,
  told,
  versionOf,
} from "./lane-client.ts";
import { ABSENT, contentOf, isStored, MARKER, type StoredValue, type Value } from "./stored-value.ts";
import {
  EXPIRING_BUCKET,
  ExpiringKey,
  LOCKED_BUCKET,
  PLAIN_BUCKET,
  type Place,
  PlainKey,
  type Target,
  VERSIONED_BUCKET,
  VersionedKey,
} from "./targets.ts";
import { UploadLane } from "./upload-lane.ts";

/** More would only make each look at them slower. */
const MOST_VERSIONS = 10;

/** What one client writes to, and keeps from one life of the server to the next. */
export class LaneState {
  readonly name: string;
  readonly plain: readonly PlainKey[];
  readonly expiring: readonly ExpiringKey[];
  readonly versioned: readonly VersionedKey[];
  readonly locked: readonly VersionedKey[];
  readonly byDefault: DefaultBucket;
  readonly uploads = new UploadLane();
  /** Written by every lane at once. */
  readonly contended: readonly PlainKey[];

  constructor(name: string, contended: readonly PlainKey[]) {
    this.name = name;
    this.contended = contended;
    const keys = (count: number): string[] => Array.from({ length: count }, (_, at) => `${name}/${at}`);
    this.plain = keys(8).map((key) => new PlainKey(PLAIN_BUCKET, key));
    this.expiring = keys(2).map((key) => new ExpiringKey(EXPIRING_BUCKET, key));
    this.versioned = keys(2).map((key) => new VersionedKey(VERSIONED_BUCKET, key));
    this.locked = keys(1).map((key) => new VersionedKey(LOCKED_BUCKET, key));
    this.byDefault = new DefaultBucket(`crash-default-${name}`);
  }

  /** What has room for one more object; those of the keys that end by themselves not. */
  targets(): Target[] {
    const withRoom = [...this.versioned, ...this.locked].filter(
      ({ versions }) => versions.size < MOST_VERSIONS,
    );
    return [...this.plain, ...withRoom];
  }

  /** Everything but what ends by itself and what others write to as well. */
  ownPlaces(): Place[] {
    const keys: readonly Target[] = [
      ...this.plain,
      ...this.versioned,
      ...this.locked,
      ...this.byDefault.keys,
    ];
    return keys.flatMap((key) => key.places());
  }
}

/**
 * One client that writes, copies, changes and deletes under every scheme as fast as it is answered, until `stopped()`.
 * Every outcome is noted in the histories; an answer no crash explains goes to `problems`.
 */
export class LoadLane {
  readonly #client: LaneClient;
  readonly #state: LaneState;

  constructor(setup: LoadSetup, state: LaneState) {
    this.#client = new LaneClient(setup, state.name);
    this.#state = state;
  }

  async run(stopped: () => boolean): Promise<void> {
    while (!stopped()) await this.#step();
  }

  async #step(): Promise<void> {
    const client = this.#client;
    const state = this.#state;
    const target = client.pick(state.targets());
    const dice = client.random();
    if (dice < 0.2) await this.#put(target, this.#smallSize());
    else if (dice < 0.27) await this.#put(target, 140_000 + Math.floor(client.random() * 80_000));
    else if (dice < 0.275) await this.#put(target, 5 << 20);
    else if (dice < 0.33) await this.#postForm(target, client.random() < 0.7 ? this.#smallSize() : 150_000);
    else if (dice < 0.45) await this.#copy(target);
    else if (dice < 0.63) await state.uploads.step(client, () => this.#uploadTarget(), state.ownPlaces());
    else if (dice < 0.67) await this.#delete(client.pick([...state.plain, ...state.versioned]));
    else if (dice < 0.71) await this.#deleteMany();
    else if (dice < 0.75)
      await this.#put(client.pick(state.contended), client.random() < 0.7 ? 3000 : 150_000);
    else if (dice < 0.78)
      await this.#put(client.pick(state.expiring), client.random() < 0.5 ? 2000 : 140_000);
    else if (dice < 0.84) await state.byDefault.step(client, (key, size, seal) => this.#put(key, size, seal));
    else await changePlace(client, state.ownPlaces());
  }

  #smallSize(): number {
    return Math.floor(this.#client.random() * 8192);
  }

  /** Uploads in the bucket with rules are left for them to abort; those elsewhere are gone on with. */
  #uploadTarget(): Target {
    const client = this.#client;
    return client.random() < 0.1 ? client.pick(this.#state.expiring) : client.pick(this.#state.targets());
  }

  async #put(target: Target, sizeBytes: number, byDefault: StoredValue["seal"] | null = null): Promise<void> {
    const client = this.#client;
    const seal = byDefault ?? client.pickSeal(SCHEMES);
    const value = client.newValue(sizeBytes, seal);
    const pending = target.begin(value);
    const path = byDefault !== null ? "PutObject by default" : `PutObject ${bodyKind(sizeBytes)}`;
    const headers = { ...(byDefault === null ? seal.headers : {}), "x-amz-meta-mark": value.mark };
    const body = contentOf(value.pieces);
    const request = { method: "PUT", ...addressOf(target), headers, body };
    const response = await client.send(this.#pathOf(path, target), seal.scheme, request);
    if (response !== null) pending.acknowledge(told(value, response.headers.etag), versionOf(response));
  }

  async #postForm(target: Target, sizeBytes: number): Promise<void> {
    const client = this.#client;
    const seal = client.pickSeal(SCHEMES);
    const value = client.newValue(sizeBytes, seal);
    const pending = target.begin(value);
    const fields = { key: target.objectKey, ...seal.headers, "x-amz-meta-mark": value.mark };
    const request = postFormRequest(
      client.setup.client.target,
      target.bucket,
      fields,
      contentOf(value.pieces),
    );
    const path = this.#pathOf(`PostObject ${bodyKind(sizeBytes)}`, target);
    const response = await client.send(path, seal.scheme, request);
    if (response !== null) pending.acknowledge(told(value, response.headers.etag), versionOf(response));
  }

  async #copy(target: Target): Promise<void> {
    const client = this.#client;
    const source = client.pickStored(this.#state.ownPlaces());
    if (source === null) return;
    const { place, value: from } = source;
    // Only with changes may an object be copied onto itself.
    if (place.bucket === target.bucket && place.objectKey === target.objectKey) return;
    const seal = client.pickSeal(SCHEMES);
    const isReplaced = client.random() < 0.3;
    const copied = client.newValue(0, seal);
    const { pieces, sizeBytes, sha256, tag } = from;
    const mark = isReplaced ? copied.mark : from.mark;
    const value = { ...copied, pieces, sizeBytes, sha256, tag, mark, bodies: [sizeBytes] };
    const pending = target.begin(value);
    const headers = {
      ...seal.headers,
      ...copySourceKeyHeaders(from.seal.scheme),
      "x-amz-copy-source": copySourceOf(place),
      ...(isReplaced ? { "x-amz-metadata-directive": "REPLACE", "x-amz-meta-mark": mark } : {}),
    };
    const path = this.#pathOf(`CopyObject from ${from.seal.scheme}`, target);
    const request = { method: "PUT", ...addressOf(target), headers };
    const response = await client.send(path, seal.scheme, request, hasEtag);
    if (response !== null)
      pending.acknowledge(told(value, xmlTexts(response.body, "ETag")[0]), versionOf(response));
  }

  async #delete(target: Target): Promise<void> {
    const isVersioned = target instanceof VersionedKey;
    if (isVersioned && target.versions.size >= MOST_VERSIONS) return this.#deleteMany();
    const value: Value = isVersioned ? MARKER : ABSENT;
    const pending = target.begin(value);
    const path = isVersioned ? "DeleteObject, a marker" : "DeleteObject";
    const response = await this.#client.send(path, "-", { method: "DELETE", ...addressOf(target) });
    if (response !== null) pending.acknowledge(value, versionOf(response));
  }

  /** Up to three keys, or versions that nothing holds. */
  async #deleteMany(): Promise<void> {
    const client = this.#client;
    const dice = client.random();
    const keys: readonly Target[] =
      dice < 0.3 ? this.#state.plain : dice < 0.7 ? this.#state.versioned : this.#state.locked;
    const removable = keys
      .flatMap((key) => key.places())
      .filter(({ history }) => {
        const value = history.certain();
        return value === MARKER || (isStored(value) && !value.isHeld);
      });
    if (removable.length === 0) return;
    const places = [...new Set([0, 1, 2].map(() => client.pick(removable)))];
    const attempts = places.map(({ history }) => ({ history, attempt: history.begin(ABSENT) }));
    const response = await this.#sendDeletion(places);
    if (response !== null) for (const { history, attempt } of attempts) history.acknowledge(attempt);
  }

  #sendDeletion(places: readonly Place[]): Promise<WireResponse | null> {
    const [first] = places;
    if (first === undefined) throw new Error("nothing to delete");
    const bypass = first.bucket === LOCKED_BUCKET ? { "x-amz-bypass-governance-retention": "true" } : {};
    if (places.length === 1) {
      const path = first.versionId === undefined ? "DeleteObject" : "DeleteObject of a version";
      return this.#client.send(path, "-", { method: "DELETE", ...placeAddress(first), headers: bypass });
    }
    const objects = places.map(
      ({ objectKey, versionId }) =>
        `<Object><Key>${objectKey}</Key>${versionId === undefined ? "" : `<VersionId>${versionId}</VersionId>`}</Object>`,
    );
    const document = documentOf(`<Delete>${objects.join("")}</Delete>`, bypass);
    const request = { method: "POST", bucket: first.bucket, query: { delete: "" }, ...document };
    return this.#client.send("DeleteObjects", "-", request, ({ body }) => !body.includes("<Error>"));
  }

  #pathOf(path: string, target: Target): string {
    return target instanceof VersionedKey ? `${path}, versioned` : path;
  }
}

/** Up to 128 KiB a body lies in the index. */
const bodyKind = (sizeBytes: number): string => (sizeBytes <= 128 * 1024 ? "inline" : "blob");
