/** The principal that delivers access logs: what policies and the group LogDelivery let in. */
export const LOGGING_SERVICE = "logging.s3.amazonaws.com";
