export { Pkcs11Error, type Pkcs11ErrorCode } from "./pkcs11-error.ts";
export { Pkcs11Token, type TokenOptions } from "./pkcs11-token.ts";
export { PKCS11_URI_FORM, type Pkcs11Uri, parsePkcs11Uri, printPkcs11Uri } from "./pkcs11-uri.ts";
