import { Pkcs11Error } from "@strongroom/pkcs11";
import { createLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { openVault, type Vault } from "../vault.ts";
import { isMessage, type ToPrimary, type ToWorker } from "./messages.ts";
import { Serving } from "./serving.ts";

/** What this process serves, and what it must close before it ends. */
interface Running {
  readonly serving: Serving;
  readonly vault: Vault;
}

/** One of several processes that answer requests on the same port. Started by the primary process only. */
export function runWorker(): void {
  const metrics = new Metrics();
  const printing = new Map<number, (text: string) => void>();
  let nextPrintId = 0;
  let running: Promise<Running> | null = null;

  const printMetrics = (): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    printing.set(++nextPrintId, resolve);
    send({ type: "print-metrics", id: nextPrintId });
    return promise;
  };

  const drain = async (): Promise<void> => {
    const started = await running?.catch(() => null);
    await started?.serving.drain();
    // An answered request may have left a commit of its own behind, such as the use of an access key. Were the process
    // ended in the middle of one, it would wait for a thread that waits for it.
    await started?.vault.close();
    process.exit(0);
  };

  process.on("message", (message: unknown) => {
    if (!isMessage<ToWorker>(message)) return;
    switch (message.type) {
      case "start":
        running = start(message, metrics, printMetrics);
        running.then(({ serving }) => send({ type: "listening", port: serving.port }), fail);
        return;
      case "tls":
        void running?.then(({ serving }) => serving.replaceTls(message.tls));
        return;
      case "report-metrics":
        void metrics.report().then((report) => send({ type: "metrics-report", id: message.id, report }));
        return;
      case "metrics":
        printing.get(message.id)?.(message.text);
        printing.delete(message.id);
        return;
      case "drain":
        void drain();
        return;
    }
  });
  // Without its primary nobody would sweep after this process or restart it. It ends as in a power cut: an orderly exit
  // would wait for commits under way, and nobody waits for their answers.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  process.on("SIGTERM", () => void drain());
  // Ctrl-C reaches the whole group; the primary says what to do.
  process.on("SIGINT", () => {});
  send({ type: "hello" });
}

async function start(
  message: Extract<ToWorker, { type: "start" }>,
  metrics: Metrics,
  printMetrics: () => Promise<string>,
): Promise<Running> {
  const { config, tls, incarnation } = message;
  const log = createLog(config.logLevel);
  const vault = await openVault(config, { create: false });
  // Which of the others live only the primary knows, and it alone sweeps.
  const isLive = (): boolean => true;
  const serving = await Serving.start({
    config,
    vault,
    tls,
    incarnation,
    isLive,
    log,
    metrics,
    printMetrics,
  });
  return { serving, vault };
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : "unknown failure";
  const isFinal = isPinRefused(error);
  process.send?.({ type: "failed", message, isFinal } satisfies ToPrimary, () => process.exit(1));
}

/** Of the token that opens the root: it would lock itself after a few more. */
function isPinRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : null;
  return cause instanceof Pkcs11Error && cause.code === "PinRefused";
}

function send(message: ToPrimary): void {
  process.send?.(message);
}
