import type { Scenarios } from "../scenario.ts";
import { ACCESS } from "./access.ts";
import { CHECKSUMS } from "./checksums.ts";
import { COPIES } from "./copies.ts";
import { CROSS_ORIGIN } from "./cross-origin.ts";
import { ENCRYPTION_DEFAULTS } from "./encryption-defaults.ts";
import { LIFECYCLES } from "./lifecycle.ts";
import { LISTINGS } from "./listings.ts";
import { LOGGING } from "./logging.ts";
import { MULTIPART } from "./multipart.ts";
import { OBJECT_LOCK } from "./object-lock.ts";
import { OBJECTS } from "./objects.ts";
import { PART_COPIES } from "./part-copies.ts";
import { PRECONDITIONS } from "./preconditions.ts";
import { PRESIGNED_POSTS } from "./presigned-posts.ts";
import { PRESIGNED_URLS } from "./presigned-urls.ts";
import { REQUESTS } from "./requests.ts";
import { TAGGING } from "./tagging.ts";
import { UPLOAD_LISTINGS } from "./upload-listings.ts";

/** Every recorded test that can be replayed, by its name. */
export const SCENARIOS: Scenarios = {
  ...OBJECTS,
  ...PART_COPIES,
  ...TAGGING,
  ...LISTINGS,
  ...MULTIPART,
  ...CHECKSUMS,
  ...COPIES,
  ...REQUESTS,
  ...UPLOAD_LISTINGS,
  ...PRECONDITIONS,
  ...ENCRYPTION_DEFAULTS,
  ...ACCESS,
  ...PRESIGNED_POSTS,
  ...PRESIGNED_URLS,
  ...CROSS_ORIGIN,
  ...OBJECT_LOCK,
  ...LIFECYCLES,
  ...LOGGING,
};
