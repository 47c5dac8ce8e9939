// The page's side of the worker.

import type { PageMessage } from "../protocol.ts";
import type { LinkEvent, Transport } from "./link.ts";
import { type Relay, RelayHost, type RelayRequest } from "./relay.ts";
import type { LinkCommand } from "./worker.ts";

const WORKER = new URL("./worker.js", import.meta.url);

/** How long a closed worker may still send the last message. */
const CLOSING_MS = 1000;

export class Socket {
  readonly #worker: Worker;
  readonly #relayed = new RelayHost((report) => this.#post(report));

  constructor(report: (event: LinkEvent) => void, failed: (key: string) => void) {
    this.#worker = new Worker(WORKER, { type: "module", name: "playai-talk" });
    this.#worker.onmessage = ({ data }: MessageEvent<LinkEvent | RelayRequest>) => {
      if (isRequest(data)) this.#relayed.handle(data);
      else report(data);
    };
    // An event without a message: the file is gone, because Home Assistant was updated.
    this.#worker.onerror = ({ message }) => failed(message ? "unsupported" : "old_page");
  }

  connect(microphone: MessagePort, player: MessagePort): void {
    this.#worker.postMessage({ type: "ports", microphone, player } satisfies LinkCommand, [
      microphone,
      player,
    ]);
  }

  /** `transport` is tried first, and `relay` is used where sockets at the path are refused. */
  open(path: string, base: string, transport: Transport, relay: Relay): void {
    this.#relayed.relay = relay;
    this.#post({ type: "open", path, base, transport });
  }

  send(message: PageMessage): void {
    this.#post({ type: "send", message });
  }

  close(): void {
    this.#worker.onmessage = ({ data }: MessageEvent<LinkEvent | RelayRequest>) => {
      if (isRequest(data)) this.#relayed.handle(data);
    };
    this.#post({ type: "close" });
    setTimeout(() => {
      this.#relayed.close();
      this.#worker.terminate();
    }, CLOSING_MS);
  }

  #post(command: LinkCommand): void {
    this.#worker.postMessage(command);
  }
}

const isRequest = (data: LinkEvent | RelayRequest): data is RelayRequest =>
  data.type.startsWith("relay_");
