// The talk of a call with Home Assistant: opened, resumed, and opened anew when it is lost.

import { closingOf } from "./closing.ts";
import { type Opening, OpeningError } from "./opening.ts";
import { type Message, PROTOCOL, type PageMessage, type Ready } from "./protocol.ts";
import type { LinkEvent, Transport } from "./transport/link.ts";
import { Socket } from "./transport/socket.ts";

export type TalkEvent =
  | { type: "ready"; ready: Ready; isResumed: boolean; transport: Transport }
  | { type: "message"; message: Message }
  | { type: "round_trip"; ms: number }
  | { type: "lost" }
  | { type: "end"; reason: "agent" | "replaced" | "idle" }
  | { type: "fail"; key: string };

const REOPEN_MS = 2000;
const REOPEN_FOR_MS = 60_000;
/** Longer than all attempts to open a lost talk again. */
const ASLEEP_MS = 3 * REOPEN_FOR_MS;

/** Errors that may be gone at a later attempt to open a talk. */
const PASSING: ReadonlySet<string> = new Set(["home_away", "not_ready", "not_found"]);

/** The transport that worked last: a proxy that refuses sockets at the path does so each time. */
let transport: Transport = "socket";

export class Talk {
  readonly #open: () => Promise<Opening>;
  readonly #report: (event: TalkEvent) => void;
  readonly #socket: Socket;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reopenUntil = 0;
  /** When Home Assistant was last heard. */
  #heardAt = Date.now();
  #isLost = false;
  #isClosed = false;

  constructor(open: () => Promise<Opening>, report: (event: TalkEvent) => void) {
    this.#open = open;
    this.#report = report;
    this.#socket = new Socket(
      (event) => this.#receive(event),
      (key) => {
        if (!this.#isClosed) report({ type: "fail", key });
      },
    );
  }

  /** Frames of the microphone arrive at one port, and replies leave at the other. */
  connect(microphone: MessagePort, player: MessagePort): void {
    this.#socket.connect(microphone, player);
  }

  async open(): Promise<void> {
    if (!this.#isLost) this.#heardAt = Date.now();
    try {
      const { protocol, path, base, relay } = await this.#open();
      if (this.#isClosed) return;
      if (protocol === PROTOCOL) this.#socket.open(path, base, transport, relay);
      else this.#report({ type: "fail", key: "old_page" });
    } catch (error) {
      if (this.#isClosed) return;
      const key = error instanceof OpeningError ? error.key : "home_away";
      if (this.#isLost && PASSING.has(key)) this.#reopen(key);
      else this.#report({ type: "fail", key });
    }
  }

  send(message: PageMessage): void {
    this.#socket.send(message);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#socket.close();
  }

  #receive(event: LinkEvent): void {
    if (event.type === "closed") return this.#closed(event.code);
    if (event.type !== "lost") this.#heardAt = Date.now();
    if (event.type === "ready") transport = event.transport;
    if (event.type !== "message") this.#isLost = event.type === "lost";
    // A talk that got this far is not one of a series of failures.
    else if (isUnderWay(event.message)) this.#reopenUntil = 0;
    this.#report(event);
  }

  #closed(code: number): void {
    const closing = closingOf(code);
    if (closing.type === "reopen") this.#reopen("home_away");
    else this.#report(closing);
  }

  /** Opens another talk: this one is lost. */
  #reopen(key: string): void {
    const now = Date.now();
    // The device has slept: nobody expects it to listen again.
    if (now - this.#heardAt > ASLEEP_MS) return this.#report({ type: "end", reason: "idle" });
    this.#reopenUntil ||= now + REOPEN_FOR_MS;
    if (now > this.#reopenUntil) return this.#report({ type: "fail", key });
    this.#isLost = true;
    this.#report({ type: "lost" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.open(), REOPEN_MS);
  }
}

const isUnderWay = (message: Message): boolean =>
  message.type === "phase" && message.value !== "connecting";
