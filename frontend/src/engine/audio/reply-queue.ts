// The audio of replies that has not been played yet. Offsets count the samples of a reply.

import { REPLY_RATE } from "../protocol.ts";

const PRIMING_MS = 60;
/** Home Assistant at its limit sends some frames 0.4 s late. */
const MAX_PRIMING_MS = 400;
const PRIMING_STEP_MS = 40;
/** More than Home Assistant ever sends ahead. */
const MAX_SAMPLES = 10 * REPLY_RATE;

export interface Position {
  reply: number;
  ms: number;
}

interface Part {
  reply: number;
  chunks: Int16Array[];
  received: number;
  played: number;
  hasGap: boolean;
  totalMs?: number;
}

const toMs = (samples: number): number => (samples * 1000) / REPLY_RATE;

export class ReplyQueue {
  underruns = 0;
  /** Frames that came too late, twice, or beyond the limit. */
  dropped = 0;
  #parts: Part[] = [];
  #flushed = 0;
  #last: Position = { reply: 0, ms: 0 };
  #isPlaying = false;
  #primingMs = PRIMING_MS;

  /** A new talk begins: its replies count from 1. */
  reset(): void {
    this.#parts = [];
    this.#flushed = 0;
    this.#last = { reply: 0, ms: 0 };
    this.#isPlaying = false;
  }

  get position(): Position {
    const part = this.#parts[0];
    return part && part.played > 0 ? { reply: part.reply, ms: toMs(part.played) } : this.#last;
  }

  get waitingSamples(): number {
    return this.#parts.reduce((sum, part) => sum + part.received - part.played, 0);
  }

  push(reply: number, offset: number, samples: Int16Array): void {
    const part = this.#part(reply);
    const missing = part ? part.received - offset : 0;
    const isUseful = part && missing >= 0 && missing < samples.length;
    if (!isUseful || this.waitingSamples + samples.length > MAX_SAMPLES) {
      this.dropped++;
      return;
    }
    part.chunks.push(missing ? samples.subarray(missing) : samples);
    part.received += samples.length - missing;
  }

  /** All audio of a reply has been pushed. */
  end(reply: number, ms: number): void {
    const part = ms > 0 ? this.#part(reply) : undefined;
    if (part) part.totalMs = ms;
  }

  /** Drops this reply and all earlier ones; returns how far this one was heard. */
  flush(reply: number): Position {
    const heard = this.position;
    this.#flushed = Math.max(this.#flushed, reply);
    const first = this.#parts[0];
    this.#parts = this.#parts.filter((part) => part.reply > reply);
    if (this.#parts[0] !== first) this.#isPlaying = false;
    this.#last = { reply, ms: heard.reply === reply ? heard.ms : 0 };
    return this.#last;
  }

  /** Drops everything; returns how far the newest reply was heard. */
  flushAll(): Position {
    return this.flush(this.#parts.at(-1)?.reply ?? this.#last.reply);
  }

  /** Fills the block with audio, then silence; returns whether there was audio. */
  read(block: Float32Array): boolean {
    let filled = 0;
    while (filled < block.length) {
      const part = this.#parts[0];
      if (!part) break;
      if (!(this.#isPlaying ||= this.#isPrimed(part))) {
        const isEmpty = part.played > 0 && part.received === part.played;
        if (isEmpty) this.#lead(toMs(block.length - filled));
        break;
      }
      const count = this.#copy(part, block, filled);
      filled += count;
      if (count > 0) continue;
      this.#isPlaying = false;
      if (part.totalMs === undefined) {
        this.underruns++;
        part.hasGap = true;
        this.#lead(PRIMING_STEP_MS);
        break;
      }
      if (!part.hasGap) this.#primingMs = (this.#primingMs + PRIMING_MS) / 2;
      this.#last = { reply: part.reply, ms: part.totalMs };
      this.#parts.shift();
    }
    block.fill(0, filled);
    return filled > 0;
  }

  /** Makes later audio wait for a longer lead, which grows with the length of a gap. */
  #lead(ms: number): void {
    this.#primingMs = Math.min(MAX_PRIMING_MS, this.#primingMs + ms);
  }

  #isPrimed(part: Part): boolean {
    return part.totalMs !== undefined || toMs(part.received - part.played) >= this.#primingMs;
  }

  #part(reply: number): Part | undefined {
    if (reply <= this.#flushed) return undefined;
    const last = this.#parts.at(-1);
    if (last && reply <= last.reply) return this.#parts.find((part) => part.reply === reply);
    // A reply that was heard to its end does not begin again.
    if (!last && reply <= this.#last.reply) return undefined;
    const part: Part = { reply, chunks: [], received: 0, played: 0, hasGap: false };
    this.#parts.push(part);
    return part;
  }

  #copy(part: Part, block: Float32Array, start: number): number {
    const chunk = part.chunks[0];
    if (!chunk) return 0;
    const count = Math.min(chunk.length, block.length - start);
    for (let i = 0; i < count; i++) block[start + i] = chunk[i]! / 32_768;
    if (count < chunk.length) part.chunks[0] = chunk.subarray(count);
    else part.chunks.shift();
    part.played += count;
    return count;
  }
}
