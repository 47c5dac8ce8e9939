// Detects speech in the microphone at once, so that the page can react before the agent does.

const BEGIN_FRAMES = 3;
const END_FRAMES = 20;
/** Speech exceeds the background by these factors: without and with an echo of the agent. */
const QUIET_FACTOR = 3.5;
const ECHO_FACTOR = 8;
const LEAST = 0.008;
const FALL = 0.3;
const RISE = 1.01;

export class SpeechDetector {
  isSpeech = false;
  /** Whether the agent's voice may be heard in the microphone. */
  hasEcho = false;
  #background = 0.002;
  #loud = 0;
  #quiet = 0;

  /** Takes the level (RMS) of 20 ms. */
  push(level: number): boolean {
    const factor = this.hasEcho ? ECHO_FACTOR : QUIET_FACTOR;
    const isLoud = level > Math.max(LEAST, this.#background * factor);
    this.#loud = isLoud ? this.#loud + 1 : 0;
    this.#quiet = isLoud ? 0 : this.#quiet + 1;
    if (this.#loud >= BEGIN_FRAMES) this.isSpeech = true;
    if (this.#quiet >= END_FRAMES) this.isSpeech = false;
    const rising = Math.min(level, this.#background * RISE + 1e-6);
    this.#background = Math.max(
      1e-4,
      level < this.#background ? this.#background + (level - this.#background) * FALL : rising,
    );
    return this.isSpeech;
  }
}
