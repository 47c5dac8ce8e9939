// The socket of a talk: opens it, resumes it, and passes frames and messages on. Where it cannot be
// opened, it is relayed over the page's connection with Home Assistant.

import type { PlayerInput } from "../audio/ports.ts";
import {
  CloseCode,
  type Message,
  PROTOCOL,
  type PageMessage,
  type Ready,
  decodeMessage,
  decodeReply,
  encodeMicrophone,
} from "../protocol.ts";
import type { TalkSocket } from "./relay.ts";

/** How the socket is opened: at its path, or over the page's connection. */
export type Transport = "socket" | "connection";

/** Codes after which the same talk may be resumed: 4013, and those of the WebSocket standard. */
const canResume = (code: number): boolean =>
  code === CloseCode.slow || (code < 4000 && code !== CloseCode.stopping);

/** Reasons to give up, in addition to the codes of the protocol. */
export const BLOCKED = 1;
export const LOST = 2;

const RETRY_MS = 1000;
const OPEN_ATTEMPTS = 2;
const OPEN_MS = 10_000;
/** The same for a new talk: its path is valid for 20 s, also for another transport. */
const FIRST_OPEN_MS = 5_000;
/** Two seconds of frames: a socket that cannot send them gets no more. */
const MAX_BUFFERED = 32_000;
const MAX_WAITING = 100;
const PING_MS = 2000;
/** After each `ready`, the page sends its present states itself. */
const STATES: ReadonlySet<string> = new Set(["mode", "mute", "hold"]);
/** After so many pings without any message in return, the socket is lost. */
const MAX_UNANSWERED = 7;

export type LinkEvent =
  | { type: "ready"; ready: Ready; isResumed: boolean; transport: Transport }
  | { type: "message"; message: Message }
  /** From the worker to Home Assistant and back, measured every 2 s. */
  | { type: "round_trip"; ms: number }
  | { type: "lost" }
  | { type: "closed"; code: number };

export interface LinkHost {
  connect(url: string): TalkSocket;
  /** Opens a socket over the page's connection. */
  relay(path: string): TalkSocket;
  report(event: LinkEvent): void;
  play(input: PlayerInput): void;
}

export class Link {
  readonly #host: LinkHost;
  #socket: TalkSocket | undefined;
  #base = "";
  #transport: Transport = "socket";
  #isReady = false;
  #hasBegun = false;
  /** Whether the page has said in which mode the microphone is: until then, it would count as open. */
  #hasMode = false;
  #attempts = 0;
  #resume: Ready["resume"] | undefined;
  #resumeUntil = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pinging: ReturnType<typeof setTimeout> | undefined;
  #unanswered = 0;
  #waiting: PageMessage[] = [];
  /** The position reached while the socket was lost. */
  #played: PageMessage | undefined;
  /** Texts that Home Assistant has not shown yet, and the socket over which each was sent. */
  #texts: { text: string; socket: TalkSocket | undefined }[] = [];
  #sequence = 0;
  #n = 0;
  /** Of the reply that is being received. */
  #reply = 0;
  #samples = 0;
  #flushed = 0;

  constructor(host: LinkHost) {
    this.#host = host;
  }

  /** Begins a talk; `base` is the address of Home Assistant, `transport` the first to try. */
  open(path: string, base: string, transport: Transport): void {
    this.close();
    this.#base = base;
    this.#transport = transport;
    this.#hasBegun = this.#hasMode = false;
    this.#attempts = 0;
    this.#resume = undefined;
    // Texts that were typed while there was no talk are for this one.
    this.#waiting = this.#waiting.filter(({ type }) => type === "text");
    this.#played = undefined;
    this.#texts = [];
    this.#n = this.#reply = this.#samples = this.#flushed = 0;
    this.#host.play({ type: "reset" });
    this.#connect(path);
  }

  /** Sends a message, after the talk is ready or resumed. */
  send(message: PageMessage): void {
    if (this.#isReady) this.#transmit(message);
    // Only the last position counts: Home Assistant waits for it before it sends more audio.
    else if (message.type === "played") this.#played = message;
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message);
    // The page has flushed the reply already.
    if (message.type === "interrupt") this.#flushed = Math.max(this.#flushed, message.reply);
  }

  #transmit(message: PageMessage): void {
    if (message.type === "text") this.#texts.push({ text: message.text, socket: this.#socket });
    if (message.type === "mode") this.#hasMode = true;
    this.#socket?.send(JSON.stringify(message));
  }

  sendMicrophone(mulaw: Uint8Array): void {
    const socket = this.#socket;
    if (!this.#isReady || !this.#hasMode || !socket) return;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (socket.bufferedAmount < MAX_BUFFERED) socket.send(encodeMicrophone(this.#sequence, mulaw));
  }

  /** Hangs up. */
  close(): void {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#forget();
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: "bye" }));
    socket?.close();
  }

  #forget(): void {
    clearTimeout(this.#pinging);
    if (this.#socket) {
      this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    }
    this.#socket = undefined;
    this.#isReady = false;
  }

  #connect(path: string): void {
    const socket = this.#transport === "socket" ? this.#connectTo(path) : this.#host.relay(path);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#attempts++;
    let isOpen = false;
    clearTimeout(this.#timer);
    const limit = this.#hasBegun ? OPEN_MS : FIRST_OPEN_MS;
    this.#timer = setTimeout(() => this.#closed(0, path, isOpen), limit);
    socket.onopen = () => {
      isOpen = true;
      socket.send(JSON.stringify(this.#hello()));
    };
    socket.onmessage = ({ data }) => {
      this.#unanswered = 0;
      if (typeof data === "string") this.#receive(data);
      else this.#receiveAudio(data);
    };
    socket.onclose = ({ code }) => this.#closed(code, path, isOpen);
  }

  #connectTo(path: string): TalkSocket {
    const url = new URL(path, this.#base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return this.#host.connect(url.href);
  }

  #hello(): PageMessage {
    const resume = { n: this.#n, reply: this.#reply, samples: this.#samples };
    return { type: "hello", protocol: PROTOCOL, ...(this.#hasBegun && { resume }) };
  }

  #closed(code: number, path: string, wasOpen: boolean): void {
    clearTimeout(this.#timer);
    const wasReady = this.#isReady;
    const socket = this.#socket;
    this.#forget();
    socket?.close();
    if (wasOpen && !canResume(code)) {
      this.#host.report({ type: "closed", code });
    } else if (!this.#hasBegun) {
      this.#notOpened(code, path, wasOpen);
    } else {
      this.#retry(wasReady);
    }
  }

  #notOpened(code: number, path: string, wasOpen: boolean): void {
    if (!wasOpen && this.#transport === "socket") {
      // Only a proxy that does not forward WebSockets at the path refuses all of them.
      if (this.#attempts >= OPEN_ATTEMPTS) this.#transport = "connection";
      this.#connect(path);
    } else {
      this.#host.report({ type: "closed", code: code === BLOCKED ? BLOCKED : LOST });
    }
  }

  #retry(isFirst: boolean): void {
    const resume = this.#resume!;
    const now = Date.now();
    if (isFirst) {
      this.#resumeUntil = now + resume.seconds * 1000;
      this.#host.report({ type: "lost" });
      this.#connect(resume.path);
    } else if (now + RETRY_MS < this.#resumeUntil) {
      this.#timer = setTimeout(() => this.#connect(resume.path), RETRY_MS);
    } else {
      this.#host.report({ type: "closed", code: LOST });
    }
  }

  #receive(text: string): void {
    const message = decodeMessage(text);
    if (!message) return;
    if (message.type === "ready") return this.#ready(message);
    if (message.type === "pong") {
      this.#sendLostTexts();
      return this.#host.report({ type: "round_trip", ms: performance.now() - message.sent });
    }
    // Messages that are repeated after the talk was resumed are already known.
    if (!(message.n > this.#n)) return;
    this.#n = message.n;
    if (message.type === "heard") this.#confirm(message.text);
    if (message.type === "flush") this.#flush(message.reply);
    if (message.type === "reply_end") {
      this.#host.play({ type: "end", reply: message.reply, ms: message.ms });
    }
    this.#host.report({ type: "message", message });
  }

  #ready(ready: Ready): void {
    clearTimeout(this.#timer);
    const isResumed = this.#hasBegun;
    this.#hasBegun = this.#isReady = true;
    this.#resume = ready.resume;
    this.#host.report({ type: "ready", ready, isResumed, transport: this.#transport });
    if (this.#played) this.send(this.#played);
    this.#played = undefined;
    for (const message of this.#waiting.splice(0)) {
      if (!STATES.has(message.type)) this.send(message);
    }
    this.#pinging = setTimeout(() => this.#ping(), PING_MS);
  }

  #confirm(text: string): void {
    const index = this.#texts.findIndex((each) => each.text === text);
    if (index >= 0) this.#texts.splice(index, 1);
  }

  /** After a resume, all that was missed arrives before a `pong`: other texts were lost. */
  #sendLostTexts(): void {
    const lost = this.#texts.filter(({ socket }) => socket !== this.#socket);
    this.#texts = this.#texts.filter((each) => !lost.includes(each));
    for (const { text } of lost) this.send({ type: "text", text });
  }

  #ping(): void {
    if (this.#unanswered >= MAX_UNANSWERED) return this.#closed(0, "", true);
    this.#unanswered++;
    this.send({ type: "ping", sent: performance.now() });
    this.#pinging = setTimeout(() => this.#ping(), PING_MS);
  }

  #flush(reply: number): void {
    this.#flushed = Math.max(this.#flushed, reply);
    this.#host.play({ type: "flush", reply });
  }

  #receiveAudio(data: ArrayBuffer): void {
    const frame = decodeReply(data);
    if (!frame || frame.reply <= this.#flushed) return;
    if (frame.reply !== this.#reply) this.#samples = 0;
    this.#reply = frame.reply;
    this.#samples = Math.max(this.#samples, frame.offset + frame.samples.length);
    this.#host.play({ type: "audio", ...frame });
  }
}
