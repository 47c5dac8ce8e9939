// Sockets of talks over Home Assistant's own connection, see docs/talk-protocol.md. A page has one
// binary handler as long as its connection exists.

import { ABNORMAL, type Relay, type RelayChannel, type RelayListener } from "../engine/transport/relay.ts";
import { BLOCKED } from "../engine/transport/link.ts";
import type { HomeConnection } from "./hass.ts";

const OPEN = 0;
const TEXT = 1;
const BINARY = 2;
const CLOSE = 3;
const ACKNOWLEDGE = 4;

/** Home Assistant sends at most four times as many events without an acknowledgment. */
const ACKNOWLEDGE_EVERY = 16;
const MAX_NUMBER = 255;

interface RelayEvent {
  handler?: number;
  socket?: number;
  open?: boolean;
  text?: string;
  data?: string;
  close?: number;
}

export class HomeRelay implements Relay {
  readonly #connection: HomeConnection;
  readonly #listeners = new Map<number, RelayListener>();
  /** Paths to open as soon as there is a handler. */
  readonly #waiting = new Map<number, string>();
  #handler = 0;
  #number = 0;
  #events = 0;
  #isSubscribed = false;

  constructor(connection: HomeConnection) {
    this.#connection = connection;
    connection.addEventListener("disconnected", () => this.#lost(ABNORMAL));
  }

  open(path: string, listener: RelayListener): RelayChannel {
    const number = (this.#number = (this.#number % MAX_NUMBER) + 1);
    this.#listeners.set(number, listener);
    this.#waiting.set(number, path);
    if (!this.#connection.connected) queueMicrotask(() => this.#closed(number, ABNORMAL));
    else if (!this.#isSubscribed) void this.#subscribe();
    else this.#openWaiting();
    return {
      send: (data) =>
        typeof data === "string"
          ? this.#send(number, TEXT, new TextEncoder().encode(data))
          : this.#send(number, BINARY, data),
      close: () => {
        this.#waiting.delete(number);
        if (this.#listeners.delete(number)) this.#send(number, CLOSE);
      },
    };
  }

  async #subscribe(): Promise<void> {
    this.#isSubscribed = true;
    try {
      // After a loss, the connection would subscribe again before Home Assistant knows the command.
      await this.#connection.subscribeMessage<RelayEvent>(
        (event) => this.#receive(event),
        { type: "playai/talk/connect" },
        { resubscribe: false },
      );
    } catch {
      this.#lost(this.#connection.connected ? BLOCKED : ABNORMAL);
    }
  }

  #openWaiting(): void {
    if (!this.#handler) return;
    for (const [number, path] of this.#waiting) {
      this.#send(number, OPEN, new TextEncoder().encode(path));
    }
    this.#waiting.clear();
  }

  #receive(event: RelayEvent): void {
    if (event.handler) {
      this.#handler = event.handler;
      this.#events = 0;
      return this.#openWaiting();
    }
    if (++this.#events % ACKNOWLEDGE_EVERY === 0) this.#acknowledge();
    const number = event.socket ?? 0;
    const listener = this.#listeners.get(number);
    if (event.open) listener?.opened();
    else if (event.text !== undefined) listener?.received(event.text);
    else if (event.data !== undefined) listener?.received(decode(event.data));
    else if (event.close !== undefined) this.#closed(number, event.close);
  }

  #acknowledge(): void {
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, this.#events, true);
    this.#send(0, ACKNOWLEDGE, count);
  }

  #send(number: number, operation: number, content = new Uint8Array(0)): number {
    const { socket } = this.#connection;
    if (!this.#handler || socket?.readyState !== WebSocket.OPEN) return 0;
    const frame = new Uint8Array(3 + content.length);
    frame.set([this.#handler, number, operation]);
    frame.set(content, 3);
    socket.send(frame);
    return socket.bufferedAmount;
  }

  #lost(code: number): void {
    this.#handler = 0;
    this.#isSubscribed = false;
    for (const number of [...this.#listeners.keys()]) this.#closed(number, code);
  }

  #closed(number: number, code: number): void {
    const listener = this.#listeners.get(number);
    this.#listeners.delete(number);
    this.#waiting.delete(number);
    listener?.closed(code);
  }
}

const decode = (data: string): ArrayBuffer =>
  Uint8Array.from(atob(data), (character) => character.charCodeAt(0)).buffer;

let relay: HomeRelay | undefined;
let connectionOfRelay: HomeConnection | undefined;

/** Returns the relay of the page's connection. */
export const relayOf = (connection: HomeConnection): HomeRelay => {
  if (!relay || connectionOfRelay !== connection) relay = new HomeRelay(connection);
  connectionOfRelay = connection;
  return relay;
};
