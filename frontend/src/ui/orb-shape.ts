// The look of the orb for each state of a call.

import type { Phase } from "../engine/phase.ts";

export interface OrbInput {
  phase: Phase;
  user: number;
  agent: number;
  isMuted: boolean;
}

export interface OrbShape {
  color: "idle" | "user" | "agent" | "problem";
  /** The radius of the body, as a share of half the space. */
  radius: number;
  /** How far its outline moves, as a share of the radius. */
  wobble: number;
  /** 0 for a still picture; the pace is the same for all other values. */
  speed: number;
  /** Whether an arc circles the body, because the call waits for something. */
  isWaiting: boolean;
}

const REST = 0.62;
const GROWTH = 0.2;

export const orbShape = ({ phase, user, agent, isMuted }: OrbInput): OrbShape => {
  const still = { radius: REST, wobble: 0, speed: 0, isWaiting: false };
  switch (phase) {
    case "idle":
    case "ended":
      return { ...still, color: "user" };
    case "failed":
      return { ...still, color: "problem" };
    case "connecting":
    case "reconnecting":
      return { ...still, color: "idle", isWaiting: true, speed: 1 };
    case "thinking":
      return { color: "agent", radius: REST, wobble: 0.05, speed: 1.2, isWaiting: true };
    case "speaking": {
      const level = Math.max(agent, user);
      const radius = REST + GROWTH * level;
      return { color: "agent", radius, wobble: 0.05 + 0.12 * level, speed: 1 + level, isWaiting: false };
    }
    case "listening":
    case "hearing": {
      if (isMuted) return { ...still, color: "idle" };
      const radius = REST + GROWTH * user;
      const wobble = 0.03 + 0.1 * user;
      return { color: "user", radius, wobble, speed: 0.5 + user, isWaiting: false };
    }
  }
};
