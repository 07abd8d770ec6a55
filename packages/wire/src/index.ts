export type { ChunkSigningContext } from "./aws-chunked/chunk-signatures.ts";
export {
  type AwsChunkedBody,
  type AwsChunkedOptions,
  decodeAwsChunked,
} from "./aws-chunked/decode-aws-chunked.ts";
export {
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  type CrcAlgorithm,
  checksumAlgorithmOfHeader,
  checksumElementName,
  checksumHeaderName,
  digestSizeBytes,
  findChecksumAlgorithm,
  parseChecksumValue,
} from "./checksums/algorithms.ts";
export { combineCrc } from "./checksums/combine-crc.ts";
export { createChecksum, type RunningChecksum } from "./checksums/create-checksum.ts";
export { createMd5, type RunningMd5 } from "./checksums/md5.ts";
export {
  type EtagCondition,
  etagMatches,
  multipartEtag,
  parseEtagCondition,
  quoteEtag,
  unquoteEtag,
} from "./etag.ts";
export { headersFromRaw } from "./headers.ts";
export { type RequestAddress, resolveAddress } from "./host.ts";
export { parseHttpDate, printHttpDate } from "./http-date.ts";
export { parseAmzDate, parseIso8601, printAmzDate, printIso8601 } from "./iso8601.ts";
export { listOf, mapOf, type Structure, structure } from "./json11/compound-shapes.ts";
export { type OutputValue, parseJsonDocument, printJsonDocument } from "./json11/json-document.ts";
export { Json11Error, type Json11ErrorCode } from "./json11/json11-error.ts";
export { blob, flag, integer, oneOf, text, timestamp } from "./json11/scalar-shapes.ts";
export { type ParsedAs, parseShape, type RequiredMember, required, type Shape } from "./json11/shape.ts";
export {
  parseQueryParameters,
  type QueryLimits,
  type QueryRequest,
} from "./query-protocol/parse-query-parameters.ts";
export {
  memberList,
  printQueryError,
  printQueryResponse,
  type QueryError,
  type QueryResponse,
} from "./query-protocol/print-query-response.ts";
export { QueryParameters } from "./query-protocol/query-parameters.ts";
export { QueryProtocolError, type QueryProtocolErrorCode } from "./query-protocol/query-protocol-error.ts";
export { type ByteRange, parseCopySourceRange, parseRange } from "./ranges.ts";
export { type CredentialFault, parseCredential } from "./sigv4/credential-scope.ts";
export { parseRequestSignature } from "./sigv4/parse-request-signature.ts";
export { parsePayloadMode } from "./sigv4/payload-mode.ts";
export type {
  CredentialScope,
  PayloadMode,
  RequestSignature,
  SignableRequest,
  SignatureExpectation,
  StreamingPayload,
} from "./sigv4/request-signature.ts";
export { presign, type SigningCredentials, type SigningInput, signRequest } from "./sigv4/sign-request.ts";
export { SigningKeys } from "./sigv4/signing-keys.ts";
export { type SignatureVerification, verifySignature } from "./sigv4/verify-signature.ts";
export {
  decodePath,
  encodeListedKey,
  encodeUri,
  parseQuery,
  type QueryParameter,
  splitTarget,
} from "./uri.ts";
export { WireError, type WireErrorCode } from "./wire-error.ts";
export { parseXml, type XmlLimits, type XmlNode } from "./xml/parse-xml.ts";
export { type PrintXmlOptions, printXml } from "./xml/print-xml.ts";
export {
  childrenNamed,
  optionalChild,
  optionalText,
  requiredChild,
  requiredText,
  requireOnlyChildren,
  requireRoot,
} from "./xml/read-xml.ts";
export { element, type XmlElement } from "./xml/xml-element.ts";
