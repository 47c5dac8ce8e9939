// Sockets of talks over a connection that the page already has, for a worker that has none.

/** The part of a WebSocket that a talk uses. */
export interface TalkSocket {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onmessage: ((event: { data: ArrayBuffer | string }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** The code of a socket that is lost; the same as that of a WebSocket. */
export const ABNORMAL = 1006;

/** From the worker to the page. */
export type RelayRequest =
  | { type: "relay_open"; socket: number; path: string }
  | { type: "relay_send"; socket: number; data: string | Uint8Array<ArrayBuffer> }
  | { type: "relay_close"; socket: number };

/** From the page to the worker. */
export type RelayReport =
  | { type: "relay_opened"; socket: number }
  | { type: "relay_received"; socket: number; data: ArrayBuffer | string }
  /** The page has sent `bytes`; `waiting` bytes are still in its own connection. */
  | { type: "relay_sent"; socket: number; bytes: number; waiting: number }
  | { type: "relay_closed"; socket: number; code: number };

/** The page's side of one socket. */
export interface RelayChannel {
  /** Returns how many bytes wait to be sent. */
  send(data: string | Uint8Array<ArrayBuffer>): number;
  close(): void;
}

export interface RelayListener {
  opened(): void;
  received(data: ArrayBuffer | string): void;
  closed(code: number): void;
}

/** Opens sockets over the page's connection. */
export interface Relay {
  open(path: string, listener: RelayListener): RelayChannel;
}

class RelayedSocket implements TalkSocket {
  binaryType = "arraybuffer";
  readyState = 0;
  onopen: TalkSocket["onopen"] = null;
  onmessage: TalkSocket["onmessage"] = null;
  onclose: TalkSocket["onclose"] = null;
  /** Bytes that the page has not sent yet: its thread may be busy. */
  #posted = 0;
  #waiting = 0;

  constructor(
    readonly number: number,
    private readonly post: (request: RelayRequest) => void,
  ) {}

  get bufferedAmount(): number {
    return this.#posted + this.#waiting;
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.#posted += data.length;
    this.post({ type: "relay_send", socket: this.number, data });
  }

  close(): void {
    if (this.readyState >= WebSocket.CLOSING) return;
    this.readyState = WebSocket.CLOSED;
    this.post({ type: "relay_close", socket: this.number });
  }

  handle(report: RelayReport): void {
    if (this.readyState >= WebSocket.CLOSING) return;
    switch (report.type) {
      case "relay_opened":
        this.readyState = WebSocket.OPEN;
        return this.onopen?.();
      case "relay_received":
        return this.onmessage?.({ data: report.data });
      case "relay_sent":
        this.#posted -= report.bytes;
        this.#waiting = report.waiting;
        return;
      case "relay_closed":
        this.readyState = WebSocket.CLOSED;
        this.onclose?.({ code: report.code });
    }
  }
}

/** The worker's side: creates sockets, and hands the page's reports to the newest one. */
export class RelayedSockets {
  readonly #post: (request: RelayRequest) => void;
  #last: RelayedSocket | undefined;
  #count = 0;

  constructor(post: (request: RelayRequest) => void) {
    this.#post = post;
  }

  open(path: string): TalkSocket {
    const socket = new RelayedSocket(++this.#count, this.#post);
    this.#last = socket;
    this.#post({ type: "relay_open", socket: socket.number, path });
    return socket;
  }

  handle(report: RelayReport): void {
    if (report.socket === this.#last?.number) this.#last.handle(report);
  }
}

/** The page's side: carries out the worker's requests. */
export class RelayHost {
  readonly #report: (report: RelayReport) => void;
  #channel: { socket: number; channel: RelayChannel } | undefined;
  relay: Relay | undefined;

  constructor(report: (report: RelayReport) => void) {
    this.#report = report;
  }

  handle(request: RelayRequest): void {
    const { socket } = request;
    if (request.type === "relay_open") return this.#open(socket, request.path);
    if (socket !== this.#channel?.socket) return;
    if (request.type === "relay_close") return this.close();
    const { data } = request;
    const waiting = this.#channel.channel.send(data);
    this.#report({ type: "relay_sent", socket, bytes: data.length, waiting });
  }

  close(): void {
    this.#channel?.channel.close();
    this.#channel = undefined;
  }

  #open(socket: number, path: string): void {
    this.close();
    if (!this.relay) return this.#report({ type: "relay_closed", socket, code: ABNORMAL });
    const channel = this.relay.open(path, {
      opened: () => this.#report({ type: "relay_opened", socket }),
      received: (data) => this.#report({ type: "relay_received", socket, data }),
      closed: (code) => this.#report({ type: "relay_closed", socket, code }),
    });
    this.#channel = { socket, channel };
  }
}
