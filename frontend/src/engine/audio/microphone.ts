// The microphone of the page: opened, muted, switched off, changed and closed.

import { OldPageError } from "../platform.ts";
import { type MicrophoneCommand, type MicrophoneReport, closeNode } from "./ports.ts";

export interface MicrophoneEvents {
  report(report: MicrophoneReport): void;
  /** The device was unplugged, or taken away by the system. */
  lost(): void;
  /** The system has muted the device, or unmuted it. */
  systemMuted(on: boolean): void;
  /** Another device is in use, or none. */
  replaced(): void;
}

const WORKLET = new URL("./microphone.worklet.js", import.meta.url);

// `echoCancellation: "all"` is newer than the types.
const constraints = (deviceId: string, cancelsEcho: boolean): MediaTrackConstraints => ({
  ...(deviceId && { deviceId: { ideal: deviceId } }),
  echoCancellation: cancelsEcho && ({ ideal: "all" } as unknown as ConstrainBoolean),
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
});

const stop = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
};

export class Microphone {
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #events: MicrophoneEvents;
  readonly #cancelsEcho: boolean;
  #node: AudioWorkletNode | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #stream: MediaStream | undefined;
  #isMuted = false;
  #isClosed = false;
  /** The number of the last request for a device: earlier requests are ignored. */
  #wanted = 0;

  /** Must be created while a tap is handled: Safari starts no audio later. */
  constructor(events: MicrophoneEvents, { cancelsEcho = true } = {}) {
    this.#events = events;
    this.#cancelsEcho = cancelsEcho;
    void this.resume();
  }

  /** Whether the device is in use: browsers then show an indicator. */
  get isOn(): boolean {
    return this.#stream?.getTracks().some((track) => track.readyState === "live") ?? false;
  }

  /** The name of the device. */
  get label(): string {
    return this.#stream?.getAudioTracks()[0]?.label ?? "";
  }

  /** Whether the browser says that it does not cancel the echo of its loudspeaker. */
  get hearsSpeaker(): boolean {
    return this.#stream?.getAudioTracks()[0]?.getSettings().echoCancellation === false;
  }

  /** Sends frames to the port from now on; rejects with the errors of `getUserMedia`. */
  async open(port: MessagePort, deviceId: string): Promise<void> {
    const loaded = this.#context.audioWorklet.addModule(WORKLET).catch(() => {
      throw new OldPageError();
    });
    await Promise.all([loaded, this.use(deviceId)]);
    if (this.#isClosed) return;
    this.#node = new AudioWorkletNode(this.#context, "playai-microphone", { numberOfOutputs: 0 });
    this.#node.port.onmessage = ({ data }: MessageEvent<MicrophoneReport>) =>
      this.#events.report(data);
    const command: MicrophoneCommand = { type: "port", port };
    this.#node.port.postMessage(command, [port]);
    this.#post({ type: "mute", on: this.#isMuted });
    this.#source?.connect(this.#node);
  }

  /**
   * Opens a device. The current one is heard until the new one is open. Nothing changes if
   * another device, or none, is requested in the meantime.
   */
  async use(deviceId: string): Promise<void> {
    if (this.#isClosed) return;
    const wanted = ++this.#wanted;
    const audio = constraints(deviceId, this.#cancelsEcho);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      if (wanted === this.#wanted) throw error;
      return;
    }
    if (wanted !== this.#wanted) return stop(stream);
    this.#replace(stream);
  }

  mute(on: boolean): void {
    this.#isMuted = on;
    for (const track of this.#stream?.getTracks() ?? []) track.enabled = !on;
    this.#post({ type: "mute", on });
  }

  /** Tells the worklet whether to expect the agent's voice in the microphone. */
  expectEcho(on: boolean): void {
    this.#post({ type: "echo", on });
  }

  /** Continues after the system has interrupted the page; best called while a tap is handled. */
  async resume(): Promise<void> {
    await this.#context.resume();
  }

  /** Switches the device off; frames of silence continue. */
  off(): void {
    this.#wanted++;
    this.#replace(undefined);
  }

  close(): void {
    this.#isClosed = true;
    this.off();
    if (this.#node) closeNode(this.#node);
    if (this.#context.state !== "closed") void this.#context.close();
  }

  #replace(stream: MediaStream | undefined): void {
    const [oldStream, oldSource] = [this.#stream, this.#source];
    this.#stream = stream;
    this.#source = stream && this.#context.createMediaStreamSource(stream);
    if (this.#node) this.#source?.connect(this.#node);
    oldSource?.disconnect();
    if (oldStream) stop(oldStream);
    for (const track of stream?.getTracks() ?? []) {
      track.enabled = !this.#isMuted;
      track.onended = () => this.#events.lost();
      track.onmute = track.onunmute = () => this.#events.systemMuted(track.muted);
      this.#events.systemMuted(track.muted);
    }
    this.#events.replaced();
  }

  #post(command: MicrophoneCommand): void {
    this.#node?.port.postMessage(command);
  }
}
