/** Attributes of the root element of every S3 document but Error. */
export const XML_NAMESPACE = { xmlns: "http://s3.amazonaws.com/doc/2006-03-01/" } as const;
