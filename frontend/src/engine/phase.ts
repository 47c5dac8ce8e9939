// The phases of a call, as a state machine without I/O.

import type { EndReason, TalkPhase } from "./protocol.ts";

export type Phase = "idle" | TalkPhase | "reconnecting" | "ended" | "failed";

export interface PhaseState {
  phase: Phase;
  /** The phase that a resumed talk returns to. */
  before: TalkPhase;
  /** Why the call ended or failed. */
  reason: string;
}

export type PhaseEvent =
  | { type: "start" }
  | { type: "phase"; value: TalkPhase }
  | { type: "lost" }
  | { type: "resumed" }
  | { type: "end"; reason: EndReason | "replaced" }
  | { type: "fail"; key: string };

export const IDLE: PhaseState = { phase: "idle", before: "connecting", reason: "" };

const OVER: ReadonlySet<Phase> = new Set(["idle", "ended", "failed"]);

export const isLive = (phase: Phase): boolean => !OVER.has(phase);

export const nextPhase = (state: PhaseState, event: PhaseEvent): PhaseState => {
  if (event.type === "start") return { ...IDLE, phase: "connecting" };
  // Events after the end belong to a call that is over.
  if (!isLive(state.phase)) return state;
  switch (event.type) {
    case "phase":
      return state.phase === "reconnecting"
        ? { ...state, before: event.value }
        : { ...state, phase: event.value, before: event.value };
    case "lost":
      return { ...state, phase: "reconnecting" };
    case "resumed":
      return state.phase === "reconnecting" ? { ...state, phase: state.before } : state;
    case "end":
      return { ...state, phase: "ended", reason: event.reason };
    case "fail":
      return { ...state, phase: "failed", reason: event.key };
  }
};
