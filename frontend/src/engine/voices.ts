// Both voices of a call: the user's, from the microphone, and the agent's, in the player.

import { Microphone } from "./audio/microphone.ts";
import { Player } from "./audio/player.ts";
import type { MicrophoneReport, PlayerReport } from "./audio/ports.ts";
import { type Figures, type Levels, measureEcho } from "./figures.ts";
import type { CallSettings } from "./opening.ts";
import { microphoneProblem } from "./platform.ts";
import { WakeLock } from "./wake-lock.ts";

export interface VoicesHost {
  /** Whether the user interrupts the agent by speaking now. */
  canInterrupt(): boolean;
  /** How far a reply was heard. */
  played(reply: number, ms: number): void;
  /** Something failed and the call continues. */
  note(key: string): void;
}

export class Voices {
  readonly #host: VoicesHost;
  readonly #figures: Figures;
  readonly #wakeLock = new WakeLock();
  #settings: CallSettings;
  #microphone: Microphone | undefined;
  #player: Player | undefined;

  /** From 0 to 1. */
  readonly levels: Levels = { user: 0, agent: 0 };
  isMuted = false;
  /** Whether the microphone is switched off, not only muted. */
  isOff = false;

  constructor(settings: CallSettings, figures: Figures, host: VoicesHost) {
    this.#settings = settings;
    this.#figures = figures;
    this.#host = host;
  }

  /** Whether the device is in use. */
  get isMicrophoneOn(): boolean {
    return this.#microphone?.isOn ?? false;
  }

  /** Whether the browser waits for a tap before it plays. */
  get isSoundBlocked(): boolean {
    return this.#player?.isBlocked ?? false;
  }

  /** Must be called while a tap is handled: browsers start no audio later. */
  start(settings: CallSettings, hasMicrophone: boolean): void {
    this.#settings = settings;
    this.isMuted = this.isOff = false;
    this.#player = new Player((report) => this.#played(report));
    if (!hasMicrophone) return;
    this.#microphone = new Microphone({
      report: (report) => this.#listened(report),
      lost: () => this.#microphoneLost(),
    });
  }

  /** Sends frames to the port from now on; raises what `getUserMedia` raises. */
  async openMicrophone(port: MessagePort): Promise<void> {
    await this.#microphone?.open(port, this.#settings.microphone);
  }

  /** Plays the audio that arrives at the port from now on. */
  async openPlayer(port: MessagePort): Promise<void> {
    this.#wakeLock.start();
    const { speaker, volume } = this.#settings;
    this.volume = volume;
    await this.#player?.open(port);
    if (speaker) await this.useSpeaker(speaker);
  }

  close(): void {
    this.#wakeLock.stop();
    this.#microphone?.close();
    this.#player?.close();
    this.#microphone = this.#player = undefined;
    this.levels.user = this.levels.agent = 0;
  }

  set volume(volume: number) {
    this.#settings.volume = volume;
    if (this.#player) this.#player.volume = volume;
  }

  set isAgentSpeaking(on: boolean) {
    this.#microphone?.expectEcho(on);
    if (!on && this.#player) this.#player.isDucked = false;
  }

  mute(on: boolean): void {
    this.isMuted = on;
    this.#microphone?.mute(on);
  }

  /** Switches the device off or on: the browser's indicator follows. */
  async switchOff(off: boolean): Promise<void> {
    this.isOff = off;
    if (off) this.#microphone?.off();
    else await this.useMicrophone(this.#settings.microphone);
  }

  async useMicrophone(deviceId: string): Promise<void> {
    this.#settings.microphone = deviceId;
    try {
      await this.#microphone?.use(deviceId);
      this.#microphone?.mute(this.isMuted);
    } catch (error) {
      this.#host.note(microphoneProblem(error));
    }
  }

  async useSpeaker(deviceId: string): Promise<void> {
    this.#settings.speaker = deviceId;
    await this.#player?.useSpeaker(deviceId).catch(() => this.#host.note("speaker"));
  }

  /** Stops the agent's voice at once, and tells Home Assistant how far it was heard. */
  interrupt(): void {
    this.#player?.interrupt();
  }

  /** Stops the agent's voice at once, before another message makes Home Assistant stop it. */
  drop(): void {
    this.#player?.drop();
  }

  /** Starts sound that the browser has blocked; must be called while a tap is handled. */
  async unblock(): Promise<void> {
    await this.#player?.resume().catch(() => undefined);
  }

  #listened({ level, isSpeech }: MicrophoneReport): void {
    this.levels.user = level;
    if (this.#player) {
      this.#player.isDucked = isSpeech && !this.isMuted && this.#host.canInterrupt();
    }
    if (!isSpeech && !this.isMuted) measureEcho(this.#figures, this.levels);
  }

  #played({ reply, ms, level, underruns, dropped }: PlayerReport): void {
    this.levels.agent = level;
    this.#figures.underruns = underruns;
    this.#figures.droppedFrames = dropped;
    this.#host.played(reply, ms);
  }

  #microphoneLost(): void {
    this.#host.note("microphone_lost");
    // The system may offer another device.
    void this.useMicrophone("");
  }
}
