// The parts of a browser that a call uses, for tests of the call.

import type { LinkEvent } from "../src/engine/transport/link.ts";
import type { Relay } from "../src/engine/transport/relay.ts";
import type { LinkCommand } from "../src/engine/transport/worker.ts";

export interface Message {
  type: string;
  [field: string]: unknown;
}

class Port {
  isClosed = false;
  close() {
    this.isClosed = true;
  }
  sent: Message[] = [];
  onmessage?: (event: { data: unknown }) => void;
  postMessage(message: Message) {
    this.sent.push(message);
  }
}

class Node {
  port = new Port();
  gain = { setTargetAtTime: (value: number) => browser.volumes.push(value) };
  constructor(_context?: unknown, name = "") {
    if (name) browser.worklets[name] = this;
  }
  connect() {}
  disconnect() {}
}

class Track {
  readyState = "live";
  enabled = true;
  muted = false;
  onended: (() => void) | null = null;
  onmute: (() => void) | null = null;
  onunmute: (() => void) | null = null;
  constructor(
    readonly label: string,
    readonly constraints: MediaTrackConstraints,
  ) {}
  getSettings = () => ({ echoCancellation: browser.cancelsEcho });
  stop() {
    this.readyState = "ended";
  }
}

class Context {
  state = "running";
  currentTime = 0;
  destination = {};
  audioWorklet = {
    addModule: async ({ href }: URL) => {
      if (browser.missing && href.includes(browser.missing)) throw new DOMException("", "AbortError");
    },
  };
  async resume() {}
  async close() {
    this.state = "closed";
  }
  async setSinkId(deviceId: string) {
    if (browser.isSpeakerBroken) throw new DOMException("", "NotFoundError");
    browser.speakers.push(deviceId);
  }
  createGain = () => new Node();
  createMediaStreamSource = () => new Node();
}

class FakeWorker {
  onmessage: ((event: { data: LinkEvent }) => void) | null = null;
  onerror: ((event: { message?: string }) => void) | null = null;
  commands: LinkCommand[] = [];
  constructor() {
    browser.worker = this;
  }
  postMessage(command: LinkCommand) {
    this.commands.push(command);
    if (command.type === "open") browser.transports.push(command.transport);
  }
  terminate() {}
}

/** Carries nothing. */
export const relay: Relay = { open: () => ({ send: () => 0, close: () => undefined }) };

export const browser = {
  worker: undefined as unknown as FakeWorker,
  worklets: {} as Record<string, Node>,
  volumes: [] as number[],
  /** The transport with which each talk was opened. */
  transports: [] as string[],
  tracks: [] as Track[],
  microphone: async (): Promise<void> => undefined,
  /** The devices of the computer; the first of a kind is the default one. */
  devices: [] as MediaDeviceInfo[],
  /** The speakers that were chosen. */
  speakers: [] as string[],
  isSpeakerBroken: false,
  cancelsEcho: true as boolean | undefined,
  /** Part of the name of a worklet's file that is gone. */
  missing: "",
  listeners: new Set<() => void>(),

  /** The messages that the page has sent to Home Assistant. */
  get sent(): Message[] {
    return browser.worker.commands.flatMap((command) =>
      command.type === "send" ? [command.message as Message] : [],
    );
  },
  /** The paths of the talks that were opened. */
  get opened(): string[] {
    return browser.worker.commands.flatMap((command) => (command.type === "open" ? [command.path] : []));
  },
  receive(event: LinkEvent) {
    browser.worker.onmessage?.({ data: event });
  },
  report(worklet: string, data: unknown) {
    browser.worklets[worklet]!.port.onmessage?.({ data });
  },
};

export const device = (kind: MediaDeviceKind, name: string): MediaDeviceInfo =>
  ({ kind, deviceId: name, groupId: name, label: name }) as MediaDeviceInfo;

/** Plugs in these devices, and unplugs all others. */
export const plug = (...devices: MediaDeviceInfo[]): void => {
  browser.devices = devices;
  const present = devices.filter(({ kind }) => kind === "audioinput").map(({ label }) => label);
  for (const track of browser.tracks) {
    if (track.readyState !== "live" || present.includes(track.label)) continue;
    track.stop();
    track.onended?.();
  }
  for (const listener of [...browser.listeners]) listener();
};

const getUserMedia = async ({ audio }: { audio: MediaTrackConstraints }) => {
  const { ideal } = (audio.deviceId ?? {}) as { ideal?: string };
  await browser.microphone();
  const present = browser.devices.filter(({ kind }) => kind === "audioinput");
  const found = present.find(({ deviceId }) => deviceId === ideal) ?? present[0];
  if (!found) throw new DOMException("", "NotFoundError");
  const track = new Track(found.label, audio);
  browser.tracks.push(track);
  return { getTracks: () => [track], getAudioTracks: () => [track] };
};

export const reset = (): void => {
  Object.assign(browser, {
    worklets: {},
    volumes: [],
    transports: [],
    tracks: [],
    microphone: async () => undefined,
    devices: [device("audioinput", "Microphone"), device("audiooutput", "Speaker")],
    speakers: [],
    isSpeakerBroken: false,
    cancelsEcho: true,
    missing: "",
  });
  browser.listeners.clear();
};

Object.assign(globalThis, {
  isSecureContext: true,
  AudioContext: Context,
  AudioWorkletNode: Node,
  Worker: FakeWorker,
  document: { visibilityState: "visible", addEventListener() {}, removeEventListener() {} },
});
Object.defineProperty(globalThis, "navigator", {
  configurable: true,
  value: {
    userAgent: "Chrome",
    mediaDevices: {
      getUserMedia,
      enumerateDevices: async () => {
        const [first] = browser.devices.filter(({ kind }) => kind === "audioinput");
        return first ? [{ ...first, deviceId: "default" }, ...browser.devices] : browser.devices;
      },
      addEventListener: (_: string, listener: () => void) => browser.listeners.add(listener),
      removeEventListener: (_: string, listener: () => void) => browser.listeners.delete(listener),
    },
  },
});
