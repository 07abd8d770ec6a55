import type { Headers } from "../harness/schemes.ts";
import type { WireRequest } from "../harness/wire-client.ts";
import { documentOf, type LaneClient, placeAddress } from "./lane-client.ts";
import { type StoredValue, sealUnder } from "./stored-value.ts";
import { LOCKED_BUCKET, type Place, VERSIONED_BUCKET } from "./targets.ts";

const DAY_MS = 86_400_000;

interface Change {
  readonly path: string;
  readonly query: string;
  readonly method: "PUT" | "DELETE";
  readonly content: Pick<WireRequest, "body" | "headers">;
  readonly changed: Partial<StoredValue>;
}

/** Changes one object that is surely there: its tags, its list, its lock, or how its data key is wrapped. */
export async function changePlace(client: LaneClient, places: readonly Place[]): Promise<void> {
  const found = client.pickStored(places);
  if (found === null) return;
  const { place, value } = found;
  const { path, method, query, content, changed } = chooseChange(client, place, value);
  const attempt = place.history.begin({ ...value, ...changed });
  const request = { method, ...placeAddress(place, { [query]: "" }), ...content };
  const response = await client.send(path, value.seal.scheme, request);
  if (response !== null) place.history.acknowledge(attempt);
}

function chooseChange(client: LaneClient, { bucket }: Place, value: StoredValue): Change {
  const changes: ((client: LaneClient, value: StoredValue) => Change)[] = [tag];
  if (isUpdatable(value)) changes.push(updateEncryption);
  if (bucket === VERSIONED_BUCKET) changes.push(changeList);
  if (bucket === LOCKED_BUCKET) changes.push(retain, hold);
  return client.pick(changes)(client, value);
}

/** What is locked may not change its key either. */
const isUpdatable = ({ seal, retainUntil, isHeld }: StoredValue): boolean =>
  seal.scheme !== "dsse-kms" && seal.scheme !== "sse-c" && retainUntil === null && !isHeld;

function updateEncryption(client: LaneClient): Change {
  const keyArn = client.pick(client.setup.kmsKeyArns);
  const scheme = client.pick(["sse-kms", "bucket-key"] as const);
  const bucketKey = String(scheme === "bucket-key");
  const text = `<ObjectEncryption><SSE-KMS><KMSKeyArn>${keyArn}</KMSKeyArn><BucketKeyEnabled>${bucketKey}</BucketKeyEnabled></SSE-KMS></ObjectEncryption>`;
  const changed = { seal: sealUnder(scheme, keyArn) };
  return {
    path: "UpdateObjectEncryption",
    method: "PUT",
    query: "encryption",
    content: documentOf(text),
    changed,
  };
}

function tag(client: LaneClient, value: StoredValue): Change {
  if (value.tag !== null && client.random() < 0.3)
    return {
      path: "DeleteObjectTagging",
      method: "DELETE",
      query: "tagging",
      content: {},
      changed: { tag: null },
    };
  const name = client.newName();
  const text = `<Tagging><TagSet><Tag><Key>lane</Key><Value>${name}</Value></Tag></TagSet></Tagging>`;
  return {
    path: "PutObjectTagging",
    method: "PUT",
    query: "tagging",
    content: documentOf(text),
    changed: { tag: name },
  };
}

function changeList(_client: LaneClient, { isPublic }: StoredValue): Change {
  const headers: Headers = { "x-amz-acl": isPublic ? "private" : "public-read" };
  return {
    path: "PutObjectAcl",
    method: "PUT",
    query: "acl",
    content: { headers },
    changed: { isPublic: !isPublic },
  };
}

function retain(client: LaneClient): Change {
  const retainUntil = new Date(Date.now() + Math.ceil(client.random() * 300) * DAY_MS).toISOString();
  const text = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${retainUntil}</RetainUntilDate></Retention>`;
  const content = documentOf(text, { "x-amz-bypass-governance-retention": "true" });
  return { path: "PutObjectRetention", method: "PUT", query: "retention", content, changed: { retainUntil } };
}

function hold(_client: LaneClient, { isHeld }: StoredValue): Change {
  const content = documentOf(`<LegalHold><Status>${isHeld ? "OFF" : "ON"}</Status></LegalHold>`);
  return {
    path: "PutObjectLegalHold",
    method: "PUT",
    query: "legal-hold",
    content,
    changed: { isHeld: !isHeld },
  };
}
