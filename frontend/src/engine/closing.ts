// The consequences of each close code of a talk's socket.

import { CloseCode } from "./protocol.ts";
import { BLOCKED } from "./transport/link.ts";

export type Closing =
  | { type: "fail"; key: string }
  | { type: "end"; reason: "agent" | "replaced" }
  | { type: "reopen" };

const FAILURES: Readonly<Record<number, string>> = {
  [CloseCode.forbidden]: "forbidden",
  [CloseCode.otherProtocol]: "old_page",
  [CloseCode.flood]: "internal",
  [CloseCode.invalid]: "internal",
  [BLOCKED]: "blocked",
};
const REOPENED: ReadonlySet<number> = new Set([
  CloseCode.stopping,
  CloseCode.reloading,
  CloseCode.gone,
]);
/** Codes from here on belong to applications. */
const APPLICATION = 4000;

export const closingOf = (code: number): Closing => {
  const key = FAILURES[code];
  if (key) return { type: "fail", key };
  if (code === CloseCode.replaced) return { type: "end", reason: "replaced" };
  if (code === CloseCode.ended) return { type: "end", reason: "agent" };
  // An unknown code of an application is final.
  if (code >= APPLICATION && !REOPENED.has(code)) return { type: "fail", key: "internal" };
  return { type: "reopen" };
};
