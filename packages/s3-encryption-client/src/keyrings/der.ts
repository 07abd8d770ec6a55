import { type Bytes, concat } from "../bytes.ts";

/** `INTEGER 0, SEQUENCE { OID rsaEncryption, NULL }`: the head of a PKCS#8 RSA key (RFC 5208 §5). */
const PKCS8_HEAD = Uint8Array.of(
  0x02,
  0x01,
  0x00,
  0x30,
  0x0d,
  0x06,
  0x09,
  0x2a,
  0x86,
  0x48,
  0x86,
  0xf7,
  0x0d,
  0x01,
  0x01,
  0x01,
  0x05,
  0x00,
);

/** A PKCS#1 RSA private key ("BEGIN RSA PRIVATE KEY") inside PKCS#8, which is what WebCrypto reads. */
export function pkcs8OfPkcs1(pkcs1: Bytes): Bytes {
  return element(0x30, concat([PKCS8_HEAD, element(0x04, pkcs1)]));
}

function element(tag: number, content: Bytes): Bytes {
  return concat([Uint8Array.of(tag, ...lengthOctets(content.length)), content]);
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
