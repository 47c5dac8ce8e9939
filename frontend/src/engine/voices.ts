// Both voices of a call: the user's, from the microphone, and the agent's, in the player.

import { Microphone } from "./audio/microphone.ts";
import { Player } from "./audio/player.ts";
import type { MicrophoneReport, PlayerReport } from "./audio/ports.ts";
import { Devices, type DevicesHost } from "./devices.ts";
import { type Figures, type Levels, measureEcho } from "./figures.ts";
import type { CallSettings } from "./opening.ts";
import { WakeLock } from "./wake-lock.ts";

export interface VoicesHost extends DevicesHost {
  /** Whether speech would interrupt the agent now. */
  canInterrupt(): boolean;
  /** A reply was heard up to this position. */
  played(reply: number, ms: number): void;
  /** Whether the microphone hears the agent. */
  hearsAgent(on: boolean): void;
  /** The browser has blocked or started sound. */
  changed(): void;
}

/** A microphone without any sound counts as silent after this time. */
const SILENT_MS = 5000;

export class Voices {
  readonly #host: VoicesHost;
  readonly #figures: Figures;
  readonly #wakeLock = new WakeLock();
  #settings: CallSettings;
  #microphone: Microphone | undefined;
  #player: Player | undefined;
  #devices: Devices | undefined;
  /**
   * Milliseconds without any sound from the device; `Infinity` once there was some, and while the
   * system has muted it.
   */
  #silentMs = 0;

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

  /** The name of the device that is in use. */
  get microphoneName(): string {
    return this.#microphone?.label ?? "";
  }

  /** Whether the browser says that it does not cancel the agent's voice. */
  get hearsAgent(): boolean {
    return this.#microphone?.hearsSpeaker ?? false;
  }

  /** Whether the browser waits for a tap before it plays. */
  get isSoundBlocked(): boolean {
    return this.#player?.isBlocked ?? false;
  }

  /** Must be called while a tap is handled: browsers start no audio later. */
  start(settings: CallSettings, hasMicrophone: boolean): void {
    this.#settings = settings;
    this.isMuted = this.isOff = false;
    this.#silentMs = 0;
    this.#player = new Player({
      report: (report) => this.#played(report),
      changed: () => this.#host.changed(),
    });
    if (hasMicrophone) {
      this.#microphone = new Microphone({
        report: (report) => this.#listened(report),
        lost: () => this.#devices?.follow(),
        systemMuted: (on) => this.#systemMuted(on),
        replaced: () => this.#host.hearsAgent(this.hearsAgent),
      });
    }
    this.#devices = new Devices(settings, this.#microphone, this.#player, this.#host);
  }

  /** Sends frames to the port from now on; rejects with the errors of `getUserMedia`. */
  async openMicrophone(port: MessagePort): Promise<void> {
    await this.#microphone?.open(port, this.#settings.microphone);
  }

  /** Plays the audio that arrives at the port from now on. */
  async openPlayer(port: MessagePort): Promise<void> {
    this.#wakeLock.start();
    this.volume = this.#settings.volume;
    await this.#player?.open(port);
    this.#devices?.start();
  }

  close(): void {
    this.#wakeLock.stop();
    this.#devices?.close();
    this.#microphone?.close();
    this.#player?.close();
    this.#microphone = this.#player = this.#devices = undefined;
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
    await this.#devices?.switchOff(off);
  }

  async useMicrophone(deviceId: string): Promise<void> {
    await this.#devices?.useMicrophone(deviceId);
  }

  async useSpeaker(deviceId: string): Promise<void> {
    await this.#devices?.useSpeaker(deviceId);
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
    await Promise.allSettled([this.#player?.resume(), this.#microphone?.resume()]);
  }

  #listened({ ms, level, isSpeech, isEmpty }: MicrophoneReport): void {
    this.levels.user = level;
    this.#countSilence(ms, isEmpty);
    if (this.#player) {
      this.#player.isDucked = isSpeech && !this.isMuted && this.#host.canInterrupt();
    }
    if (!isSpeech && !this.isMuted) measureEcho(this.#figures, this.levels);
  }

  #played({ reply, ms, level, underruns, dropped, waitingMs }: PlayerReport): void {
    this.levels.agent = level;
    this.#figures.underruns = underruns;
    this.#figures.droppedFrames = dropped;
    this.#figures.waitingMs = waitingMs;
    this.#host.played(reply, ms);
  }

  /** Notes a device that has never heard anything: a switch on it may be off. */
  #countSilence(ms: number, isEmpty: boolean): void {
    if (this.isMuted || !this.isMicrophoneOn || this.#silentMs === Infinity) return;
    const wasSilent = this.#silentMs >= SILENT_MS;
    this.#silentMs = isEmpty ? this.#silentMs + ms : Infinity;
    if (!isEmpty) {
      if (wasSilent) this.#host.solved("microphone_silent");
    } else if (!wasSilent && this.#silentMs >= SILENT_MS) {
      this.#host.note("microphone_silent");
    }
  }

  #systemMuted(on: boolean): void {
    this.#silentMs = on ? Infinity : 0;
    if (on) this.#host.note("microphone_muted");
    else this.#host.solved("microphone_muted", "microphone_silent");
  }
}
