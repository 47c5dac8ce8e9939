// Keeps a call on the devices that the user has chosen, while devices come and go.

import type { Microphone } from "./audio/microphone.ts";
import type { Player } from "./audio/player.ts";
import type { CallSettings } from "./opening.ts";
import { MICROPHONE_PROBLEMS, microphoneProblem } from "./platform.ts";

export interface DevicesHost {
  /** Something has changed and the call continues: the key of a text, and the name in it. */
  note(key: string, name?: string): void;
  /** Some notices are no longer true. */
  solved(...keys: string[]): void;
}

type Kind = "audioinput" | "audiooutput";

const DEFAULT = "default";

/** Returns the id of the device to use: the chosen one, or "" for the system's default. */
export const available = (devices: readonly MediaDeviceInfo[], kind: Kind, chosen: string): string =>
  devices.some((each) => each.kind === kind && each.deviceId === chosen) ? chosen : "";

/** Returns the group of the device behind the system's default, where a browser shows it. */
const defaultGroup = (devices: readonly MediaDeviceInfo[]): string | undefined =>
  devices.find(({ kind, deviceId }) => kind === "audioinput" && deviceId === DEFAULT)?.groupId;

export class Devices {
  readonly #settings: CallSettings;
  readonly #microphone: Microphone | undefined;
  readonly #player: Player;
  readonly #host: DevicesHost;
  /** The devices in use: ids, and the group of the default microphone. */
  #used = { microphone: "", speaker: "", group: undefined as string | undefined };
  #isSpeakerLost = false;
  #isOff = false;
  #isClosed = false;
  #work: Promise<void> = Promise.resolve();

  constructor(
    settings: CallSettings,
    microphone: Microphone | undefined,
    player: Player,
    host: DevicesHost,
  ) {
    this.#settings = settings;
    this.#microphone = microphone;
    this.#player = player;
    this.#host = host;
  }

  /** Follows the devices from now on; the microphone is open. */
  start(): void {
    this.#used.microphone = this.#settings.microphone;
    navigator.mediaDevices?.addEventListener("devicechange", this.follow);
    void this.#do(async () => {
      const devices = await list();
      this.#used.group = defaultGroup(devices);
      // The browser has opened another microphone in place of a missing one.
      this.#used.microphone = available(devices, "audioinput", this.#settings.microphone);
      await this.#followSpeaker(devices);
    });
  }

  close(): void {
    this.#isClosed = true;
    navigator.mediaDevices?.removeEventListener("devicechange", this.follow);
  }

  /** Uses the devices that are available now. */
  readonly follow = (): void => {
    void this.#do(async () => {
      const devices = await list();
      await this.#followSpeaker(devices);
      // After the speaker, because its notice counts more: another microphone listens.
      await this.#followMicrophone(devices);
    });
  };

  /** The user has chosen a microphone. */
  async useMicrophone(deviceId: string): Promise<void> {
    this.#settings.microphone = deviceId;
    if (!this.#isOff) await this.#do(() => this.#open(deviceId));
  }

  /** The user has chosen a speaker. */
  async useSpeaker(deviceId: string): Promise<void> {
    this.#settings.speaker = deviceId;
    await this.#do(() => this.#play(deviceId, "speaker"));
  }

  /** Switches the microphone off or on: the browser's indicator follows. */
  async switchOff(off: boolean): Promise<void> {
    this.#isOff = off;
    if (off) this.#microphone?.off();
    else await this.#do(() => this.#open(this.#settings.microphone));
  }

  async #followMicrophone(devices: readonly MediaDeviceInfo[]): Promise<void> {
    const microphone = this.#microphone;
    if (!microphone || this.#isOff) return;
    const id = available(devices, "audioinput", this.#settings.microphone);
    const group = defaultGroup(devices);
    const isLost = !microphone.isOn;
    const isOther = id !== this.#used.microphone || (!id && group !== this.#used.group);
    if (!isLost && !isOther) return;
    if (!devices.some(({ kind }) => kind === "audioinput")) {
      return this.#host.note("microphone_lost");
    }
    const before = microphone.label;
    await this.#open(id);
    if (!microphone.isOn || this.#isOff) return;
    const { label } = microphone;
    if (isLost || label !== before) {
      this.#host.note(isLost ? "microphone_replaced" : "microphone_changed", label);
    }
  }

  async #followSpeaker(devices: readonly MediaDeviceInfo[]): Promise<void> {
    const id = available(devices, "audiooutput", this.#settings.speaker);
    if (id !== this.#used.speaker) await this.#play(id, "speaker");
    const isLost = id !== this.#settings.speaker;
    if (isLost && !this.#isSpeakerLost) this.#host.note("speaker_lost");
    else if (!isLost) this.#host.solved("speaker_lost");
    this.#isSpeakerLost = isLost;
  }

  async #open(deviceId: string): Promise<void> {
    if (this.#isOff) return;
    try {
      await this.#microphone?.use(deviceId);
      const devices = await list();
      this.#used.microphone = available(devices, "audioinput", deviceId);
      this.#used.group = defaultGroup(devices);
      if (this.#microphone?.isOn) this.#host.solved(...MICROPHONE_PROBLEMS, "microphone_lost");
    } catch (error) {
      this.#host.note(microphoneProblem(error));
    }
  }

  async #play(deviceId: string, problem: string): Promise<void> {
    try {
      await this.#player.useSpeaker(deviceId);
      this.#used.speaker = deviceId;
      this.#host.solved("speaker");
    } catch {
      this.#host.note(problem);
    }
  }

  /** Runs tasks one after another until the call ends. */
  #do(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(() => (this.#isClosed ? undefined : work())).catch(() => undefined);
    return this.#work;
  }
}

const list = async (): Promise<MediaDeviceInfo[]> =>
  (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
