import type { XmlElement } from "@strongroom/wire";

/** The response of one request. Nothing is sent before `send…` is called; each may be called once. */
export interface S3Response {
  status(code: number): S3Response;
  header(name: string, value: string | undefined): S3Response;
  /** Status and headers only. */
  sendEmpty(): void;
  sendXml(root: XmlElement): void;
  /** A whole body that is in memory, with its Content-Length; headers and body leave in one write. */
  sendBytes(bytes: Uint8Array): void;
  /**
   * Streams `body` after the headers, with Content-Length `sizeBytes`, honouring back-pressure. When `body` throws
   * after the first byte the socket is destroyed: never a clean end.
   */
  sendBody(body: AsyncIterable<Uint8Array>, sizeBytes: number): Promise<void>;
  /**
   * For work that may outlast a proxy's patience (Complete, Copy): keeps the connection alive with white space
   * before the document, then sends the XML or, on failure, an Error document with status 200, as S3 does.
   */
  sendXmlWhenDone(work: Promise<XmlElement>): Promise<void>;
}
