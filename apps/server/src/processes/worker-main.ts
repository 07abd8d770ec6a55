import { createLog } from "../log.ts";
import { Metrics } from "../metrics.ts";
import { openVault } from "../vault.ts";
import { isMessage, type ToPrimary, type ToWorker } from "./messages.ts";
import { Serving } from "./serving.ts";

/** One of several processes that answer requests on the same port. Started by the primary process only. */
function runWorker(): void {
  const metrics = new Metrics();
  const printing = new Map<number, (text: string) => void>();
  let nextPrintId = 0;
  let serving: Promise<Serving> | null = null;

  const printMetrics = (): Promise<string> => {
    const { promise, resolve } = Promise.withResolvers<string>();
    printing.set(++nextPrintId, resolve);
    send({ type: "print-metrics", id: nextPrintId });
    return promise;
  };

  const drain = async (): Promise<void> => {
    await (await serving?.catch(() => null))?.drain();
    process.exit(0);
  };

  process.on("message", (message: unknown) => {
    if (!isMessage<ToWorker>(message)) return;
    switch (message.type) {
      case "start":
        serving = start(message, metrics, printMetrics);
        serving.then(({ port }) => send({ type: "listening", port }), fail);
        return;
      case "tls":
        void serving?.then((running) => running.replaceTls(message.tls));
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
  // Without its primary nobody would sweep after this process or restart it.
  process.on("disconnect", () => process.exit(1));
  process.on("SIGTERM", () => void drain());
  // Ctrl-C reaches the whole group; the primary says what to do.
  process.on("SIGINT", () => {});
  send({ type: "hello" });
}

async function start(
  message: Extract<ToWorker, { type: "start" }>,
  metrics: Metrics,
  printMetrics: () => Promise<string>,
): Promise<Serving> {
  const { config, tls, incarnation } = message;
  const log = createLog(config.logLevel);
  const vault = await openVault(config, { create: false });
  // Which of the others live only the primary knows, and it alone sweeps.
  const isLive = (): boolean => true;
  return Serving.start({ config, vault, tls, incarnation, isLive, log, metrics, printMetrics });
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : "unknown failure";
  process.send?.({ type: "failed", message } satisfies ToPrimary, () => process.exit(1));
}

function send(message: ToPrimary): void {
  process.send?.(message);
}

runWorker();
