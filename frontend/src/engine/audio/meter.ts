// Measures the microphone for the page: how loud it is, and whether somebody speaks.

import { FRAME_MS } from "../protocol.ts";
import { asLevel } from "./level.ts";
import type { MicrophoneReport } from "./ports.ts";
import { SpeechDetector } from "./speech.ts";

/** Each message leaves objects behind that Chromium rarely collects in a worklet. */
const REPORT_FRAMES = 2;

export class Meter {
  readonly #detector = new SpeechDetector();
  #frames = 0;
  #power = 0;
  #isEmpty = true;

  /** Whether the agent's voice may be heard in the microphone. */
  set hasEcho(on: boolean) {
    this.#detector.hasEcho = on;
  }

  /**
   * Takes the levels (RMS) of 20 ms as the device has heard them, and as they are sent. Returns a
   * report every 40 ms, and at once when speech begins or ends.
   */
  push(heard: number, sent: number): MicrophoneReport | undefined {
    const wasSpeech = this.#detector.isSpeech;
    const isSpeech = this.#detector.push(sent);
    this.#frames++;
    this.#power += sent ** 2;
    this.#isEmpty &&= heard === 0;
    if (this.#frames < REPORT_FRAMES && isSpeech === wasSpeech) return undefined;
    const report = {
      ms: this.#frames * FRAME_MS,
      level: asLevel(Math.sqrt(this.#power / this.#frames)),
      isSpeech,
      isEmpty: this.#isEmpty,
    };
    this.#frames = this.#power = 0;
    this.#isEmpty = true;
    return report;
  }
}
