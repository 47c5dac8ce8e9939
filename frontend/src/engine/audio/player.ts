// The agent's voice in the page.

import { canChooseSpeaker, isWebKit } from "../platform.ts";
import { REPLY_RATE } from "../protocol.ts";
import { type PlayerCommand, type PlayerReport, closeNode } from "./ports.ts";

export interface PlayerEvents {
  report(report: PlayerReport): void;
  /** The browser has blocked or started sound. */
  changed(): void;
}

const WORKLET = new URL("./player.worklet.js", import.meta.url);
const DUCKED = 0.25;
const FADE_SECONDS = 0.03;

export class Player {
  /** Replies are played sample for sample: the context has their rate. */
  readonly #context = new AudioContext({ sampleRate: REPLY_RATE, latencyHint: "interactive" });
  readonly #gain: GainNode;
  readonly #events: PlayerEvents;
  #element: HTMLAudioElement | undefined;
  #volume = 1;
  #isDucked = false;

  /** The node that outputs the replies, before the volume. */
  node: AudioWorkletNode | undefined;

  /** Must be created while a tap is handled: browsers start no sound later. */
  constructor(events: PlayerEvents) {
    this.#events = events;
    this.#context.onstatechange = () => events.changed();
    this.#gain = this.#context.createGain();
    void this.#context.resume();
    if (isWebKit()) this.#playThroughStream();
    else this.#gain.connect(this.#context.destination);
  }

  /** Whether the browser waits for a tap before it plays: at first, or after a phone call. */
  get isBlocked(): boolean {
    return this.#context.state === "suspended" || this.#context.state === "interrupted";
  }

  /** Plays the audio that arrives at the port from now on. */
  async open(port: MessagePort): Promise<void> {
    await this.#context.audioWorklet.addModule(WORKLET);
    if (this.#context.state === "closed") return;
    this.node = new AudioWorkletNode(this.#context, "playai-player", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    this.node.port.onmessage = ({ data }: MessageEvent<PlayerReport>) => this.#events.report(data);
    const command: PlayerCommand = { type: "port", port };
    this.node.port.postMessage(command, [port]);
    this.node.connect(this.#gain);
  }

  async resume(): Promise<void> {
    await Promise.all([this.#context.resume(), this.#element?.play()]);
  }

  /** Stops the sound at once, and reports the position to Home Assistant. */
  interrupt(): void {
    this.#command({ type: "interrupt" });
  }

  /** Stops the sound at once, before another message makes Home Assistant stop it. */
  drop(): void {
    this.#command({ type: "drop" });
  }

  set volume(volume: number) {
    this.#volume = volume;
    this.#fade();
  }

  /** Plays more quietly while the user seems to speak. */
  set isDucked(on: boolean) {
    if (this.#isDucked === on) return;
    this.#isDucked = on;
    this.#fade();
  }

  async useSpeaker(deviceId: string): Promise<void> {
    const context = this.#context as AudioContext & { setSinkId?(id: string): Promise<void> };
    if (canChooseSpeaker()) await context.setSinkId?.(deviceId);
  }

  close(): void {
    this.#context.onstatechange = null;
    if (this.node) closeNode(this.node);
    if (this.#element) this.#element.srcObject = null;
    if (this.#context.state !== "closed") void this.#context.close();
  }

  #command(command: PlayerCommand): void {
    this.node?.port.postMessage(command);
  }

  #fade(): void {
    const target = this.#volume * (this.#isDucked ? DUCKED : 1);
    this.#gain.gain.setTargetAtTime(target, this.#context.currentTime, FADE_SECONDS);
  }

  #playThroughStream(): void {
    const session = (navigator as Navigator & { audioSession?: { type: string } }).audioSession;
    if (session) session.type = "play-and-record";
    const destination = this.#context.createMediaStreamDestination();
    this.#gain.connect(destination);
    this.#element = Object.assign(new Audio(), { srcObject: destination.stream });
    this.#element.setAttribute("playsinline", "");
    void this.#element.play().catch(() => undefined);
  }
}
