import { setTimeout as sleep } from "node:timers/promises";
import { mayHelpToRepeat } from "./s3-answers.ts";

const ATTEMPTS = 4;
const FIRST_WAIT_MS = 300;

/** Tries again, each time after a longer wait, as long as it may help. `before` runs ahead of each repetition. */
export async function repeat<T>(
  attempt: () => Promise<T>,
  before: () => Promise<void> = async () => {},
): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (number === ATTEMPTS || !mayHelpToRepeat(error)) throw error;
      await sleep(FIRST_WAIT_MS * 3 ** (number - 1));
      await before();
    }
  }
}
