// Measurements during a call.

import { asDecibels } from "./audio/level.ts";
import type { Transport } from "./transport/link.ts";

export interface Figures {
  /** How the talk is connected, once it is. */
  transport?: Transport;
  /** From the end of the user's turn to the first audio, in the last turn. */
  responseMs?: number;
  agentMs?: number;
  /** From the page to Home Assistant and back: the last time, and the slowest of the call. */
  roundTripMs?: number;
  slowestRoundTripMs?: number;
  underruns: number;
  droppedFrames: number;
  /** Audio that has not been played yet. */
  waitingMs: number;
  flushes: number;
  resumes: number;
  newTalks: number;
  /** The level of the microphone while only the agent speaks, in decibels of full scale. */
  echoDb?: number;
}

export interface Levels {
  user: number;
  agent: number;
}

/** The echo is measured above this level of the agent's voice; the figure follows slowly. */
const ECHO_LEVEL = 0.4;
const ECHO_SHARE = 0.04;

export const newFigures = (): Figures => ({
  underruns: 0,
  droppedFrames: 0,
  waitingMs: 0,
  flushes: 0,
  resumes: 0,
  newTalks: 0,
});

export const measureRoundTrip = (figures: Figures, ms: number): void => {
  figures.roundTripMs = ms;
  figures.slowestRoundTripMs = Math.max(figures.slowestRoundTripMs ?? 0, ms);
};

/** Measures the echo, while the user is silent and the microphone is not muted. */
export const measureEcho = (figures: Figures, { user, agent }: Levels): void => {
  if (agent <= ECHO_LEVEL) return;
  const now = asDecibels(user);
  const before = figures.echoDb ?? now;
  figures.echoDb = before + (now - before) * ECHO_SHARE;
};
