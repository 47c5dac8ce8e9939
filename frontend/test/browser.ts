// What a call uses of a browser, for tests of the call.

import type { LinkEvent } from "../src/engine/transport/link.ts";
import type { LinkCommand } from "../src/engine/transport/worker.ts";

export interface Message {
  type: string;
  [field: string]: unknown;
}

class Port {
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
  label = "Microphone";
  onended: (() => void) | null = null;
  stop() {
    this.readyState = "ended";
  }
}

class Context {
  state = "running";
  currentTime = 0;
  destination = {};
  audioWorklet = { addModule: async () => undefined };
  async resume() {}
  async close() {
    this.state = "closed";
  }
  createGain = () => new Node();
  createMediaStreamSource = () => new Node();
}

class FakeWorker {
  onmessage: ((event: { data: LinkEvent }) => void) | null = null;
  commands: LinkCommand[] = [];
  constructor() {
    browser.worker = this;
  }
  postMessage(command: LinkCommand) {
    this.commands.push(command);
  }
  terminate() {}
}

export const browser = {
  worker: undefined as unknown as FakeWorker,
  worklets: {} as Record<string, Node>,
  volumes: [] as number[],
  tracks: [] as Track[],
  microphone: async (): Promise<void> => undefined,

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

const getUserMedia = async () => {
  await browser.microphone();
  const track = new Track();
  browser.tracks.push(track);
  return { getTracks: () => [track], getAudioTracks: () => [track] };
};

export const reset = (): void => {
  Object.assign(browser, { worklets: {}, volumes: [], tracks: [], microphone: async () => undefined });
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
  value: { userAgent: "Chrome", mediaDevices: { getUserMedia } },
});
