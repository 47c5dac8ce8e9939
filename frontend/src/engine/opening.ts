// Types for opening a talk: the settings of the user, and the page's function that opens it.

import type { Relay } from "./transport/relay.ts";

/** In `hold` and `toggle` the user ends the turn, with a key or a tap. */
export type Mode = "open" | "hold" | "toggle";

export interface CallSettings {
  mode: Mode;
  microphone: string;
  speaker: string;
  volume: number;
}

/** A talk that the home has opened. */
export interface Opening {
  protocol: number;
  path: string;
  base: string;
  /** Carries the socket if a proxy refuses it at the path. */
  relay: Relay;
  /** The name of the talk's language, if the agent does not know that of the user. */
  otherLanguage?: string;
}

/** The home cannot open a talk; `key` says why. */
export class OpeningError extends Error {
  constructor(readonly key: string) {
    super(key);
  }
}

export interface CallTarget {
  /** The area of the home in which the user is, if the view has one. */
  areaId?: string | undefined;
  /** Opens a talk with the agent; rejects with `OpeningError`. */
  open: () => Promise<Opening>;
  settings: CallSettings;
}
