// The page's side of the worker.

import type { PageMessage } from "../protocol.ts";
import type { LinkEvent } from "./link.ts";
import type { LinkCommand } from "./worker.ts";

const WORKER = new URL("./worker.js", import.meta.url);

/** How long a closed worker may still send the last message. */
const CLOSING_MS = 1000;

export class Socket {
  readonly #worker: Worker;

  constructor(report: (event: LinkEvent) => void, failed: () => void) {
    this.#worker = new Worker(WORKER, { type: "module", name: "playai-talk" });
    this.#worker.onmessage = ({ data }: MessageEvent<LinkEvent>) => report(data);
    this.#worker.onerror = failed;
  }

  connect(microphone: MessagePort, player: MessagePort): void {
    this.#worker.postMessage({ type: "ports", microphone, player } satisfies LinkCommand, [
      microphone,
      player,
    ]);
  }

  open(path: string, base: string): void {
    this.#post({ type: "open", path, base });
  }

  send(message: PageMessage): void {
    this.#post({ type: "send", message });
  }

  close(): void {
    this.#worker.onmessage = null;
    this.#post({ type: "close" });
    setTimeout(() => this.#worker.terminate(), CLOSING_MS);
  }

  #post(command: LinkCommand): void {
    this.#worker.postMessage(command);
  }
}
