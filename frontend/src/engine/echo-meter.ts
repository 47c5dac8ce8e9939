// Measures how much sound of the page comes back into the microphone. Chirps take the way of a
// reply, and the microphone is the one of a call, first without and then with cancellation.

import { asDecibels } from "./audio/level.ts";
import { Microphone } from "./audio/microphone.ts";
import { Player } from "./audio/player.ts";
import type { MicrophoneReport, PlayerInput } from "./audio/ports.ts";
import { chirps } from "./chirps.ts";
import type { CallSettings } from "./opening.ts";
import { REPLY_RATE } from "./protocol.ts";

/** In decibels relative to full scale; -60 is the lowest value. */
export interface Echo {
  /** The room, without a sound of the page. */
  room: number;
  /** The level of the page's sound in the microphone without cancellation. */
  raw: number;
  /** Its level with cancellation. */
  left: number;
}

export type Verdict = "none" | "good" | "fair" | "bad";

/** A sound must be this far above the room to be distinguished from it. */
const OVER_ROOM = 6;
/** Anything quieter is silence to the agent. */
const QUIET = -52;
/** Anything louder is the user's voice to the page. */
const LOUD = -42;

export const verdictOf = ({ room, raw, left }: Echo): Verdict => {
  if (raw < room + OVER_ROOM) return "none";
  if (left < Math.max(QUIET, room + OVER_ROOM)) return "good";
  return left < LOUD ? "fair" : "bad";
};

interface Span {
  from: number;
  to: number;
}

/** The part of each measurement that counts, in ms; cancellation adapts in about two seconds. */
const ROOM: Span = { from: 500, to: 1500 };
const RAW: Span = { from: 500, to: 2000 };
const LEFT: Span = { from: 3000, to: 5000 };
const CHUNK = REPLY_RATE / 10;
/** For the whole measurement, once the microphone is allowed. */
const LIMIT_MS = 30_000;

export class EchoMeter {
  readonly #settings: CallSettings;
  readonly #player = new Player({ report: ({ reply, ms }) => this.#played(reply, ms), changed: () => undefined });
  readonly #plain: Microphone;
  readonly #cancelling: Microphone;
  readonly #wire = new MessageChannel();
  #reply = 0;
  #playedMs = 0;
  #levels: number[] = [];
  #heardMs = 0;
  #isClosed = false;
  #advance: () => void = () => undefined;
  #fail: (error: Error) => void = () => undefined;

  /** Must be created while a tap is handled. */
  constructor(settings: CallSettings) {
    this.#settings = settings;
    const events = {
      report: (report: MicrophoneReport) => this.#heard(report),
      lost: () => this.#fail(new DOMException("", "NotFoundError")),
      systemMuted: () => undefined,
      replaced: () => undefined,
    };
    this.#plain = new Microphone(events, { cancelsEcho: false });
    this.#cancelling = new Microphone(events);
  }

  /** Returns the echo; rejects with the errors of `getUserMedia`, or if it takes too long. */
  async measure(): Promise<Echo> {
    const { speaker, volume } = this.#settings;
    try {
      await this.#open(this.#plain);
      const timer = setTimeout(() => this.#fail(new Error("too long")), LIMIT_MS);
      try {
        this.#player.volume = volume;
        await this.#player.open(this.#wire.port2);
        if (speaker) await this.#player.useSpeaker(speaker).catch(() => undefined);
        this.#heardMs = 0;
        const room = await this.#listen(ROOM, () => this.#heardMs);
        const raw = await this.#listenTo(RAW);
        this.#plain.close();
        await this.#open(this.#cancelling);
        return { room, raw, left: await this.#listenTo(LEFT) };
      } finally {
        clearTimeout(timer);
      }
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#fail(new Error("closed"));
    for (const each of [this.#plain, this.#cancelling, this.#player]) each.close();
    this.#wire.port1.close();
  }

  async #open(microphone: Microphone): Promise<void> {
    // Nobody reads the frames.
    await microphone.open(new MessageChannel().port1, this.#settings.microphone);
  }

  /** Plays chirps, and returns how loud the microphone hears them. */
  async #listenTo(span: Span): Promise<number> {
    this.#play(span.to);
    return this.#listen(span, () => this.#playedMs);
  }

  /** Returns the average level of the microphone in a span of `time`. */
  async #listen({ from, to }: Span, time: () => number): Promise<number> {
    await this.#until(() => time() >= from);
    this.#levels = [];
    await this.#until(() => time() >= to && this.#levels.length > 0);
    return average(this.#levels);
  }

  #play(ms: number): void {
    const reply = ++this.#reply;
    this.#playedMs = 0;
    const samples = chirps(ms / 1000);
    for (let offset = 0; offset < samples.length; offset += CHUNK) {
      this.#post({ type: "audio", reply, offset, samples: samples.slice(offset, offset + CHUNK) });
    }
    this.#post({ type: "end", reply, ms });
  }

  #post(input: PlayerInput): void {
    this.#wire.port1.postMessage(input);
  }

  #played(reply: number, ms: number): void {
    if (reply === this.#reply) this.#playedMs = ms;
    this.#advance();
  }

  #heard({ level, ms }: MicrophoneReport): void {
    this.#levels.push(level);
    this.#heardMs += ms;
    this.#advance();
  }

  async #until(isTrue: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      if (this.#isClosed) return reject(new Error("closed"));
      this.#fail = reject;
      this.#advance = () => {
        if (isTrue()) resolve();
      };
      this.#advance();
    });
  }
}

/** Averages the power, not the decibels. */
const average = (levels: readonly number[]): number => {
  const power = levels.reduce((sum, level) => sum + 10 ** (asDecibels(level) / 10), 0);
  return 10 * Math.log10(Math.max(power / levels.length, 1e-6));
};
