// Plays replies, and reports the played positions to Home Assistant.

import { REPLY_RATE } from "../protocol.ts";
import { asLevel, rms } from "./level.ts";
import type { PlayerCommand, PlayerInput, PlayerOutput, PlayerReport } from "./ports.ts";
import { type Position, ReplyQueue } from "./reply-queue.ts";

const PLAYED_EVERY = REPLY_RATE / 4;
const REPORT_EVERY = REPLY_RATE / 25;

class Player extends AudioWorkletProcessor {
  readonly #queue = new ReplyQueue();
  #out: MessagePort | undefined;
  #sincePlayed = 0;
  #sinceReport = 0;
  #peak = 0;
  #told: Position = { reply: 0, ms: 0 };

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<PlayerCommand>) => {
      if (data.type === "port") return this.#connect(data.port);
      const heard = this.#queue.flushAll();
      if (data.type === "interrupt") this.#send({ type: "interrupt", ...heard });
    };
  }

  override process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const channels = outputs[0] ?? [];
    const block = channels[0];
    if (!block) return true;
    this.#queue.read(block);
    for (const other of channels.slice(1)) other.set(block);
    this.#peak = Math.max(this.#peak, rms(block));
    this.#sincePlayed += block.length;
    this.#sinceReport += block.length;
    this.#tellPosition();
    if (this.#sinceReport >= REPORT_EVERY) this.#report();
    return true;
  }

  #connect(port: MessagePort): void {
    this.#out = port;
    port.onmessage = ({ data }: MessageEvent<PlayerInput>) => {
      const queue = this.#queue;
      if (data.type === "audio") queue.push(data.reply, data.offset, data.samples);
      else if (data.type === "end") queue.end(data.reply, data.ms);
      else if (data.type === "flush") this.#send({ type: "flushed", ...queue.flush(data.reply) });
      else {
        queue.reset();
        this.#told = queue.position;
      }
    };
  }

  #tellPosition(): void {
    const now = this.#queue.position;
    const isNew = now.reply !== this.#told.reply || now.ms > this.#told.ms;
    const isEnd = isNew && this.#queue.waitingSamples === 0;
    if (!isNew || (this.#sincePlayed < PLAYED_EVERY && !isEnd)) return;
    this.#sincePlayed = 0;
    this.#send({ type: "played", ...now });
  }

  #send(message: PlayerOutput): void {
    this.#told = { reply: message.reply, ms: message.ms };
    this.#out?.postMessage(message);
  }

  #report(): void {
    const { position, underruns, dropped, waitingSamples } = this.#queue;
    const level = asLevel(this.#peak);
    const waitingMs = (waitingSamples * 1000) / REPLY_RATE;
    const report = { ...position, level, underruns, dropped, waitingMs };
    this.port.postMessage(report satisfies PlayerReport);
    this.#sinceReport = 0;
    this.#peak = 0;
  }
}

registerProcessor("playai-player", Player);
