// Messages and frames of the talk protocol, see docs/talk-protocol.md.

export const PROTOCOL = 1;
export const MICROPHONE_RATE = 16_000;
export const REPLY_RATE = 24_000;
/** Samples, and bytes, of a frame of the microphone: 20 ms. */
export const FRAME_SAMPLES = 320;
export const FRAME_MS = (FRAME_SAMPLES * 1000) / MICROPHONE_RATE;
export const MAX_TEXT = 4000;

const MICROPHONE_KIND = 1;
const REPLY_KIND = 2;
const MICROPHONE_HEADER = 4;
const REPLY_HEADER = 8;

export const CloseCode = {
  stopping: 1001,
  ended: 4000,
  reloading: 4001,
  forbidden: 4003,
  gone: 4004,
  flood: 4008,
  replaced: 4009,
  slow: 4013,
  invalid: 4400,
  otherProtocol: 4426,
} as const;

export type TalkPhase = "connecting" | "listening" | "hearing" | "thinking" | "speaking";
export type Feature = "text" | "tools" | "confirm";
export type Arguments = Record<string, unknown>;

export interface Resume {
  n: number;
  reply: number;
  samples: number;
}

export type PageMessage =
  | { type: "hello"; protocol: number; resume?: Resume }
  | { type: "played" | "flushed" | "interrupt"; reply: number; ms: number }
  | { type: "text"; text: string }
  | { type: "mute" | "hold"; on: boolean }
  | { type: "microphone"; echo: boolean }
  | { type: "mode"; value: "open" | "hold" }
  | { type: "confirm"; id: string; allow: boolean }
  | { type: "ping"; sent: number }
  | { type: "again" | "bye" };

export interface Ready {
  type: "ready";
  protocol: number;
  agent: { entity_id: string; name: string; features: Feature[] };
  limits: { ahead_ms: number; text: number; idle_s: number; talk_s: number };
  resume: { path: string; seconds: number };
  conversation_id: string;
}

/** Answer to `ping`; it has no number, and does not arrive again. */
export interface Pong {
  type: "pong";
  sent: number;
}

export type EndReason = "bye" | "idle" | "limit" | "agent" | "error";

export type Message =
  | { type: "phase"; n: number; value: TalkPhase }
  | { type: "heard"; n: number; id: number; text: string; final: boolean }
  | { type: "reply"; n: number; id: number; turn: number }
  | { type: "said"; n: number; reply: number; at_ms: number; text: string }
  | { type: "reply_end"; n: number; reply: number; ms: number }
  | { type: "flush"; n: number; reply: number }
  | { type: "interrupted"; n: number; reply: number; ms: number; text: string }
  | {
      type: "tool";
      n: number;
      id: string;
      name: string;
      domain: string | null;
      arguments: Arguments;
      status: "running" | "done" | "failed";
      result?: string;
    }
  | {
      type: "confirm";
      n: number;
      id: string;
      name: string;
      domain: string | null;
      arguments: Arguments;
      /** The risky entities and sentences that it is about. */
      risks?: readonly string[];
      seconds: number;
    }
  | { type: "confirmed"; n: number; id: string; allow: boolean }
  | { type: "metric"; n: number; turn: number; response_ms: number; agent_ms?: number }
  | { type: "restarted"; n: number; conversation_id: string }
  | { type: "error"; n: number; key: string; message: string }
  | { type: "end"; n: number; reason: EndReason; key?: string };

export interface ReplyFrame {
  reply: number;
  /** Number of the first sample in the reply. */
  offset: number;
  samples: Int16Array<ArrayBuffer>;
}

export const encodeMicrophone = (sequence: number, mulaw: Uint8Array): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(MICROPHONE_HEADER + mulaw.length);
  frame[0] = MICROPHONE_KIND;
  frame[2] = sequence & 0xff;
  frame[3] = (sequence >> 8) & 0xff;
  frame.set(mulaw, MICROPHONE_HEADER);
  return frame;
};

/** Returns nothing for a frame of an unknown kind, or one that is not valid. */
export const decodeReply = (data: ArrayBuffer): ReplyFrame | undefined => {
  if (data.byteLength < REPLY_HEADER || (data.byteLength - REPLY_HEADER) % 2 !== 0) return undefined;
  const header = new DataView(data);
  if (header.getUint8(0) !== REPLY_KIND) return undefined;
  const count = (data.byteLength - REPLY_HEADER) / 2;
  const samples = new Int16Array(count);
  // A typed array has the byte order of the machine; the frame is little-endian.
  for (let i = 0; i < count; i++) samples[i] = header.getInt16(REPLY_HEADER + 2 * i, true);
  return { reply: header.getUint16(2, true), offset: header.getUint32(4, true), samples };
};

/** Returns nothing for a text that is not a JSON object with a type. */
export const decodeMessage = (text: string): Message | Ready | Pong | undefined => {
  try {
    const message: unknown = JSON.parse(text);
    const isMessage = typeof message === "object" && message !== null && "type" in message;
    return isMessage ? (message as Message | Ready | Pong) : undefined;
  } catch {
    return undefined;
  }
};
