// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so S3 writes its variable
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { S3Error } from "../errors.ts";
import { readPostForm, requireBoundary } from "./post-form.ts";

const BOUNDARY = "----form7MA4YWxkTrZu0gW";

interface Part {
  readonly disposition: string;
  readonly body: string | Uint8Array;
}

const field = (name: string, body: string): Part => ({ disposition: `form-data; name="${name}"`, body });
const file = (body: string | Uint8Array, fileName = "a.txt"): Part => ({
  disposition: `form-data; name="file"; filename="${fileName}"\r\nContent-Type: text/plain`,
  body,
});

function formOf(parts: readonly Part[], ending = `--${BOUNDARY}--\r\n`): Buffer {
  const pieces = parts.flatMap(({ disposition, body }) => [
    Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: ${disposition}\r\n\r\n`),
    typeof body === "string" ? Buffer.from(body) : body,
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([...pieces, Buffer.from(ending)]);
}

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? bytes.length);
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

interface Read {
  readonly fields: Readonly<Record<string, string>>;
  readonly file: Buffer;
  readonly likelySizeBytes: number;
}

async function read(bytes: Uint8Array, sizes: readonly number[] = [bytes.length]): Promise<Read> {
  const form = await readPostForm(inPieces(bytes, sizes), BOUNDARY, bytes.length);
  const pieces: Uint8Array[] = [];
  for await (const piece of form.file) pieces.push(piece);
  return {
    fields: Object.fromEntries(form.fields),
    file: Buffer.concat(pieces),
    likelySizeBytes: form.likelySizeBytes,
  };
}

async function refusal(bytes: Uint8Array, sizes?: readonly number[]): Promise<string> {
  try {
    await read(bytes, sizes);
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return "accepted";
}

test("a form is read whole, whatever pieces it arrives in", async () => {
  const content = randomBytes(3000);
  const parts = [field("Key", "a/b"), field("x-amz-meta-é", "größe\r\n--not the boundary"), file(content)];
  const whole = formOf(parts);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 }),
      async (sizes) => {
        const result = await read(whole, sizes);
        assert.deepEqual(result.fields, { key: "a/b", "x-amz-meta-é": "größe\r\n--not the boundary" });
        assert.ok(result.file.equals(content));
        assert.equal(result.likelySizeBytes, content.length);
      },
    ),
    { numRuns: 60 },
  );
});

test("a file of line breaks and beginnings of the boundary stays as it is", async () => {
  const fragment = fc.constantFrom(
    "\r",
    "\n",
    "\r\n",
    "\r\n-",
    "\r\n--",
    `\r\n--${BOUNDARY.slice(0, 9)}`,
    "x",
    "--",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fragment, { maxLength: 40 }),
      fc.integer({ min: 1, max: 40 }),
      async (parts, size) => {
        const content = parts.join("");
        assert.equal(
          (await read(formOf([field("key", "k"), file(content)]), [size])).file.toString(),
          content,
        );
      },
    ),
    { numRuns: 200 },
  );
});

test("a form cut anywhere is malformed, and no prefix of it is a form", async () => {
  const whole = formOf([field("key", "k"), file("content")]);
  const end = whole.length - 4;
  for (let length = 0; length < end; length++) {
    assert.match(await refusal(whole.subarray(0, length)), /^(MalformedPOSTRequest)$/, String(length));
  }
});

test("what stands after the file is not read", async () => {
  const bytes = formOf([
    field("key", "k"),
    file("content"),
    field("key", "other"),
    field("acl", "public-read"),
  ]);
  const result = await read(bytes);
  assert.deepEqual(result.fields, { key: "k" });
  assert.equal(result.file.toString(), "content");
});

test("a preamble, padding after the boundary and other part headers are allowed", async () => {
  const text =
    `preamble\r\n--${BOUNDARY} \t\r\nContent-Type: text/plain; charset=utf-8\r\nCONTENT-DISPOSITION:form-data; NAME=key\r\n\r\nk` +
    `\r\n--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\nbody\r\n--${BOUNDARY}--`;
  const result = await read(Buffer.from(text));
  assert.deepEqual(result.fields, { key: "k" });
  assert.equal(result.file.toString(), "body");
});

test("${filename} is the last segment of the name, in every field; without a name it stays (recorded)", async () => {
  const named = async (fileName: string) =>
    (
      await read(
        formOf([field("key", "in/${filename}"), field("x", "${filename}-${filename}"), file("1", fileName)]),
      )
    ).fields;
  assert.deepEqual(await named("report.pdf"), { key: "in/report.pdf", x: "report.pdf-report.pdf" });
  assert.deepEqual(await named("C:\\Program Files\\a\\b.txt"), { key: "in/b.txt", x: "b.txt-b.txt" });
  assert.deepEqual(await named("../../etc/größe $& $1.txt"), {
    key: "in/größe $& $1.txt",
    x: "größe $& $1.txt-größe $& $1.txt",
  });
  assert.deepEqual(await named('say \\"hi\\"'), { key: 'in/say "hi"', x: 'say "hi"-say "hi"' });
  assert.deepEqual(await named(""), { key: "in/", x: "-" });
  const unnamed = formOf([
    field("key", "in/${filename}"),
    { disposition: 'form-data; name="file"', body: "1" },
  ]);
  assert.equal((await read(unnamed)).fields["key"], "in/${filename}");
  const extended = formOf([
    field("key", "${filename}"),
    { disposition: 'form-data; name="file"; filename="x"; filename*=UTF-8\'\'na%C3%AFve.txt', body: "1" },
  ]);
  assert.equal((await read(extended)).fields["key"], "naïve.txt");
});

test("[L-161] one name has one value, whatever its case", async () => {
  for (const second of ["key", "KEY", "Key"]) {
    assert.equal(
      await refusal(formOf([field("key", "k"), field(second, "other"), file("1")])),
      "MalformedPOSTRequest",
    );
  }
  const twice = { disposition: 'form-data; name="acl"; name="key"', body: "k" };
  assert.equal(await refusal(formOf([twice, file("1")])), "MalformedPOSTRequest");
});

test("fields are limited to 20 KB and 256 in number, the file is not", async () => {
  const tooMuch = "MaxPostPreDataLengthExceededError";
  for (const sizes of [[1_000_000], [100], [1]]) {
    assert.equal(await refusal(formOf([field("a", "x".repeat(20_500)), file("1")]), sizes), tooMuch);
    assert.equal(await refusal(Buffer.from(`--${BOUNDARY}\r\nX: ${"x".repeat(21_000)}`), sizes), tooMuch);
    assert.equal(await refusal(Buffer.alloc(21_000, 0x61), sizes), tooMuch);
  }
  const many = Array.from({ length: 257 }, (_, index) => field(`f${index}`, ""));
  assert.match(
    await refusal(formOf([...many, file("1")])),
    /^(MalformedPOSTRequest|MaxPostPreDataLength.*)$/,
  );
  const long = [field("key", "${filename}".repeat(900)), file("1", "n".repeat(8000))];
  assert.equal(await refusal(formOf(long)), "MalformedPOSTRequest");
  const big = randomBytes(300_000);
  assert.ok((await read(formOf([field("key", "k"), file(big)]), [65_536])).file.equals(big));
});

test("what is no form is refused", async () => {
  const cases: readonly (string | Uint8Array)[] = [
    "",
    "key=k&file=x",
    `--${BOUNDARY}\r\n\r\nno name\r\n--${BOUNDARY}--`,
    `--${BOUNDARY}\r\nContent-Disposition: attachment; name="key"\r\n\r\nk\r\n--${BOUNDARY}--`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name=""\r\n\r\nk\r\n--${BOUNDARY}--`,
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="key" filename="x"\r\n\r\nk\r\n--${BOUNDARY}--`,
    `--${BOUNDARY}X\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n--${BOUNDARY}--`,
    `--${BOUNDARY}\nContent-Disposition: form-data; name="key"\n\nk\n--${BOUNDARY}--`,
    Buffer.concat([
      Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="key"\r\n\r\n`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`\r\n--${BOUNDARY}--`),
    ]),
  ];
  for (const body of cases) {
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    assert.equal(await refusal(bytes), "MalformedPOSTRequest", bytes.toString());
  }
  assert.equal(await refusal(formOf([field("key", "k")])), "InvalidArgument");
});

test("any bytes are a form or an S3Error", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), async (bytes, framed) => {
      const whole = framed ? Buffer.concat([Buffer.from(`--${BOUNDARY}\r\n`), bytes]) : bytes;
      await refusal(whole, [7, 1, 50]);
    }),
  );
});

test("the boundary comes from the Content-Type, which must be multipart/form-data (recorded)", () => {
  const codeOf = (contentType: string | undefined): string => {
    try {
      return `boundary ${requireBoundary(contentType)}`;
    } catch (error) {
      return error instanceof S3Error ? error.code : String(error);
    }
  };
  assert.equal(codeOf("multipart/form-data; boundary=abc"), "boundary abc");
  assert.equal(codeOf('Multipart/Form-Data; charset=utf-8; Boundary="a b:c"'), "boundary a b:c");
  for (const wrong of [
    undefined,
    "",
    "text/html",
    "multipart/mixed; boundary=abc",
    "application/x-www-form-urlencoded",
  ]) {
    assert.equal(codeOf(wrong), "PreconditionFailed", String(wrong));
  }
  for (const wrong of [
    "",
    "; boundary=",
    `; boundary=${"x".repeat(71)}`,
    "; boundary=a@b",
    '; boundary="a ',
  ]) {
    assert.equal(codeOf(`multipart/form-data${wrong}`), "MalformedPOSTRequest", wrong);
  }
});
