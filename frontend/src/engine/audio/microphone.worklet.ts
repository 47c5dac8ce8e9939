// Turns the microphone's audio into frames of 20 ms, whether somebody speaks or not.

import { FRAME_SAMPLES, MICROPHONE_RATE } from "../protocol.ts";
import { rms } from "./level.ts";
import { Meter } from "./meter.ts";
import { SILENCE, encode } from "./mulaw.ts";
import type { MicrophoneCommand } from "./ports.ts";
import { Resampler } from "./resample.ts";

const BLOCK = 128;

class Microphone extends AudioWorkletProcessor {
  #out: MessagePort | undefined;
  #isMuted = false;
  readonly #resampler = new Resampler(sampleRate, MICROPHONE_RATE);
  readonly #meter = new Meter();
  readonly #frame = new Float32Array(FRAME_SAMPLES);
  #filled = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<MicrophoneCommand>) => {
      if (data.type === "port") this.#out = data.port;
      else if (data.type === "mute") this.#isMuted = data.on;
      else this.#meter.hasEcho = data.on;
    };
  }

  override process(inputs: Float32Array[][]): boolean {
    // Without a device there is no channel; the frames continue as silence.
    const block = inputs[0]?.[0] ?? new Float32Array(BLOCK);
    for (const sample of this.#resampler.push(block)) {
      this.#frame[this.#filled++] = sample;
      if (this.#filled === FRAME_SAMPLES) this.#send();
    }
    return true;
  }

  #send(): void {
    this.#filled = 0;
    const heard = rms(this.#frame);
    const frame = this.#isMuted
      ? new Uint8Array(FRAME_SAMPLES).fill(SILENCE)
      : encode(this.#frame);
    // Copied: a transferred frame leaves objects behind that Chromium rarely collects in a worklet.
    this.#out?.postMessage(frame);
    const report = this.#meter.push(heard, this.#isMuted ? 0 : heard);
    if (report) this.port.postMessage(report);
  }
}

registerProcessor("playai-microphone", Microphone);
