// The microphone of the page: opened, muted, switched off, changed and closed.

import type { MicrophoneCommand, MicrophoneReport } from "./ports.ts";

export interface MicrophoneEvents {
  report(report: MicrophoneReport): void;
  /** The device was unplugged, or taken away by the system. */
  lost(): void;
}

const WORKLET = new URL("./microphone.worklet.js", import.meta.url);

// `echoCancellation: "all"` is newer than the types.
const constraints = (deviceId: string): MediaTrackConstraints => ({
  ...(deviceId && { deviceId: { ideal: deviceId } }),
  echoCancellation: { ideal: "all" } as unknown as ConstrainBoolean,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
});

export class Microphone {
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  readonly #events: MicrophoneEvents;
  #node: AudioWorkletNode | undefined;
  #source: MediaStreamAudioSourceNode | undefined;
  #stream: MediaStream | undefined;
  #isClosed = false;

  /** Must be created while a tap is handled: Safari starts no audio later. */
  constructor(events: MicrophoneEvents) {
    this.#events = events;
    void this.#context.resume();
  }

  /** Whether the device is in use: browsers show an indicator then. */
  get isOn(): boolean {
    return this.#stream?.getTracks().some((track) => track.readyState === "live") ?? false;
  }

  get label(): string {
    return this.#stream?.getAudioTracks()[0]?.label ?? "";
  }

  /** Sends frames to the port from now on; raises what `getUserMedia` raises. */
  async open(port: MessagePort, deviceId: string): Promise<void> {
    await Promise.all([this.#context.audioWorklet.addModule(WORKLET), this.use(deviceId)]);
    if (this.#isClosed) return;
    this.#node = new AudioWorkletNode(this.#context, "playai-microphone", { numberOfOutputs: 0 });
    this.#node.port.onmessage = ({ data }: MessageEvent<MicrophoneReport>) =>
      this.#events.report(data);
    const command: MicrophoneCommand = { type: "port", port };
    this.#node.port.postMessage(command, [port]);
    this.#source?.connect(this.#node);
  }

  /** Opens a device, in place of the present one. */
  async use(deviceId: string): Promise<void> {
    const audio = constraints(deviceId);
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    this.off();
    if (this.#isClosed) {
      for (const track of stream.getTracks()) track.stop();
      return;
    }
    this.#stream = stream;
    for (const track of stream.getTracks()) track.onended = () => this.#events.lost();
    this.#source = this.#context.createMediaStreamSource(stream);
    if (this.#node) this.#source.connect(this.#node);
  }

  mute(on: boolean): void {
    for (const track of this.#stream?.getTracks() ?? []) track.enabled = !on;
    this.#post({ type: "mute", on });
  }

  /** Expect the agent's voice in the microphone. */
  expectEcho(on: boolean): void {
    this.#post({ type: "echo", on });
  }

  /** Switches the device off; frames of silence continue. */
  off(): void {
    this.#source?.disconnect();
    this.#source = undefined;
    for (const track of this.#stream?.getTracks() ?? []) {
      track.onended = null;
      track.stop();
    }
    this.#stream = undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.off();
    if (this.#context.state !== "closed") void this.#context.close();
  }

  #post(command: MicrophoneCommand): void {
    this.#node?.port.postMessage(command);
  }
}
