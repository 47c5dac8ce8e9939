// The messages between the worklets, the worker of the socket, and the page.

import type { Position } from "./reply-queue.ts";

/** Releases a node: a closed context keeps its nodes and their listeners. */
export const closeNode = (node: AudioWorkletNode): void => {
  node.disconnect();
  node.port.onmessage = null;
  node.port.close();
};

/** From the page to the worklet of the microphone. */
export type MicrophoneCommand =
  | { type: "port"; port: MessagePort }
  | { type: "mute"; on: boolean }
  | { type: "echo"; on: boolean };

/** From the worklet of the microphone to the page. */
export interface MicrophoneReport {
  /** The length of the audio since the last report. */
  ms: number;
  level: number;
  isSpeech: boolean;
  /** Whether the device has delivered no sound at all, not even noise. */
  isEmpty: boolean;
}

/** From the worker to the worklet of the player. */
export type PlayerInput =
  | { type: "audio"; reply: number; offset: number; samples: Int16Array<ArrayBuffer> }
  | { type: "end"; reply: number; ms: number }
  | { type: "flush"; reply: number }
  | { type: "reset" };

/** From the worklet of the player to the worker: messages for Home Assistant. */
export type PlayerOutput = Position & { type: "played" | "flushed" | "interrupt" };

/** From the page to the worklet of the player. */
export type PlayerCommand =
  | { type: "port"; port: MessagePort }
  /** Stop, and tell Home Assistant. */
  | { type: "interrupt" }
  /** Stop: Home Assistant knows, and will flush the dropped audio. */
  | { type: "drop" };

/** From the worklet of the player to the page. */
export interface PlayerReport extends Position {
  level: number;
  underruns: number;
  dropped: number;
  /** Audio that has not been played yet. */
  waitingMs: number;
}
