export const MS_PER_DAY = 86_400_000;
export const MS_PER_HOUR = 3_600_000;

/** Of automatic rotation, where its owner names no other. */
export const ROTATION_PERIOD_DAYS = 365;
