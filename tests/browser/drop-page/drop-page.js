// Drop a file: it is encrypted here, put, fetched, verified and decrypted again. Nothing of it leaves in the clear.
import { KMS } from "@aws-sdk/client-kms";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import {
  AesKeyring,
  decryptResponse,
  KmsKeyring,
  S3EncryptionClient,
  Upload,
} from "@strongroom/s3-encryption-client";

const settings = await (await fetch("/page/settings.json")).json();
const { region, credentials, bucket, keyId, encryptionContext } = settings;
const connection = { region, credentials, endpoint: location.origin };
// The store may be at another origin: then its CORS rules have to let this page in.
const endpoint = new URLSearchParams(location.search).get("store") ?? location.origin;
// The browser's cache would rewrite the Range headers that are signed.
const s3 = new S3Client({
  ...connection,
  endpoint,
  forcePathStyle: true,
  requestHandler: { cache: "no-store" },
});
const kms = new KMS(connection);
const client = new S3EncryptionClient({ client: s3, keyring: new KmsKeyring({ kms, keyId }) });

const hex = (bytes) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(await crypto.subtle.digest("SHA-256", bytes));

function show(title, rows, verdict) {
  const section = document.createElement("section");
  const heading = section.appendChild(document.createElement("h2"));
  heading.textContent = title;
  if (verdict !== undefined) heading.className = verdict ? "good" : "bad";
  const list = section.appendChild(document.createElement("dl"));
  for (const [name, value] of Object.entries(rows)) {
    list.appendChild(document.createElement("dt")).textContent = name;
    list.appendChild(document.createElement("dd")).textContent = String(value);
  }
  document.querySelector("#steps").appendChild(section);
}

async function seal(file) {
  document.querySelector("#steps").replaceChildren();
  const target = { Bucket: bucket, Key: file.name };
  const digest = await sha256(await file.arrayBuffer());
  show("1. What was dropped", { name: file.name, size: `${file.size} bytes`, "SHA-256": digest });

  await client.send(new PutObjectCommand({ ...target, Body: file, ContentType: file.type }), {
    encryptionContext,
  });
  const stored = await s3.send(new GetObjectCommand(target));
  const ciphertext = await stored.Body.transformToByteArray();
  show("2. What the store has", {
    size: `${ciphertext.length} bytes`,
    "first bytes": `${hex(ciphertext.slice(0, 32))}…`,
    "x-amz-t": stored.Metadata["x-amz-t"],
    "x-amz-d (commitment)": stored.Metadata["x-amz-d"],
  });

  const opened = await client.send(new GetObjectCommand(target), { encryptionContext });
  const plaintext = await opened.Body.transformToByteArray();
  const isSame = (await sha256(plaintext)) === digest;
  show(
    isSame ? "3. What came back: the same file, verified" : "3. What came back: another file",
    {
      size: `${opened.ContentLength} bytes`,
      "SHA-256": await sha256(plaintext),
      algorithm: opened.Encryption.algorithm,
      "key wrapped by": opened.Encryption.wrappingAlgorithm,
      authentication: opened.Encryption.authentication,
    },
    isSame,
  );
  return {
    key: file.name,
    digest,
    isSame,
    ciphertextBytes: ciphertext.length,
    encryption: opened.Encryption,
  };
}

const settle = (promise) => {
  globalThis.lastSeal = promise.catch((error) => {
    show("It failed", { [error.name]: error.message }, false);
    throw error;
  });
};
const zone = document.querySelector("#drop");
for (const type of ["dragenter", "dragover"]) {
  zone.addEventListener(type, (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
}
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  const [file] = event.dataTransfer.files;
  if (file !== undefined) settle(seal(file));
});
document.querySelector("#file").addEventListener(
  "change",
  ({
    target: {
      files: [file],
    },
  }) => {
    if (file !== undefined) settle(seal(file));
  },
);

/** For the suite: what a page can do besides. */
globalThis.page = {
  sha256,
  seal,
  /** A presigned GET needs no credentials in the page, only the key. */
  async openPresigned(url) {
    const opened = await decryptResponse(await fetch(url), {
      keyring: new KmsKeyring({ kms, keyId }),
      encryptionContext,
    });
    return sha256(await opened.body.transformToByteArray());
  },
  /** Larger than the buffer: encrypted as a stream, sent in parts, decrypted as a stream, under a key nobody can export. */
  async streamLarge(size) {
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, [
      "encrypt",
      "decrypt",
    ]);
    const keyring = new AesKeyring({ key });
    const writer = new S3EncryptionClient({ client: s3, keyring, bufferSizeBytes: 1024 * 1024 });
    const reader = new S3EncryptionClient({ client: s3, keyring, enableDelayedAuthentication: true });
    const block = crypto.getRandomValues(new Uint8Array(65_536));
    const blob = new Blob(Array.from({ length: size / block.length }, () => block));
    const params = { Bucket: bucket, Key: "large", Body: blob };
    const start = performance.now();
    await new Upload({ client: writer, params }).done();
    const uploadedMs = performance.now() - start;
    const output = await reader.send(new GetObjectCommand({ Bucket: bucket, Key: "large" }));
    const isSame =
      (await sha256(await output.Body.transformToByteArray())) === (await sha256(await blob.arrayBuffer()));
    const refusal = await writer
      .send(new GetObjectCommand({ Bucket: bucket, Key: "large" }))
      .catch(({ code }) => code);
    return { isSame, uploadedMs, refusal, authentication: output.Encryption.authentication };
  },
  /** The end of an object, and the middle of it: the answer's Content-Range has to be visible. */
  async readRanges(key) {
    const texts = [];
    for (const [rangedGets, Range] of [
      ["authenticated", "bytes=7-12"],
      ["unauthenticated", "bytes=7-12"],
      ["unauthenticated", "bytes=-8"],
    ]) {
      const command = new GetObjectCommand({ Bucket: bucket, Key: key, Range });
      const output = await client.send(command, { encryptionContext, rangedGets });
      texts.push(await output.Body.transformToString());
    }
    return texts;
  },
  /** One bit of the stored ciphertext is changed behind the client's back. */
  async tamper(key) {
    const stored = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = await stored.Body.transformToByteArray();
    body[0] ^= 1;
    await s3.send(
      new PutObjectCommand({ Bucket: bucket, Key: "tampered", Body: body, Metadata: stored.Metadata }),
    );
    return client.send(new GetObjectCommand({ Bucket: bucket, Key: "tampered" }), { encryptionContext }).then(
      () => "released",
      ({ code }) => code,
    );
  },
};
document.body.dataset.ready = "true";
