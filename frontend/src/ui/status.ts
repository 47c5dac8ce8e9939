// Words for the state of a call.

import type { Call } from "../engine/call.ts";
import type { Mode } from "../engine/opening.ts";
import type { TextKey } from "../i18n/texts.ts";

export const statusKey = (call: Call | undefined, mode: Mode): TextKey => {
  if (!call || !call.isLive) return "tap_to_talk";
  const { phase } = call;
  if (phase === "listening" || phase === "hearing") {
    if (!call.hasMicrophone) return "status_typing";
    if (call.isOff) return "status_off";
    if (call.isMuted) return "status_muted";
    if (!call.isMicrophoneOn) return "status_no_microphone";
    if (mode !== "open" && !call.isHeld) return mode === "hold" ? "hint_hold" : "hint_toggle";
  }
  return `status_${phase}` as TextKey;
};

/** The same for buttons that open the dialog: a tap on them does not begin a turn. */
export const dialogStatusKey = (call: Call): TextKey => {
  const key = statusKey(call, call.mode);
  return key.startsWith("hint_") ? "microphone_ready" : key;
};

/** Whether the agent speaks or thinks. */
export const canInterrupt = (call: Call | undefined): boolean =>
  call?.phase === "speaking" || call?.phase === "thinking";

/** The text about the effect of a tap now. */
export const hintKey = (call: Call | undefined, mode: Mode): TextKey | undefined => {
  if (!call?.isLive) return undefined;
  if (call.isHeld) return mode === "hold" ? "hint_release" : "hint_done";
  return canInterrupt(call) && mode === "open" ? "hint_interrupt" : undefined;
};

/** The label of the big button for screen readers. */
export const buttonKey = (call: Call | undefined, mode: Mode): TextKey => {
  if (!call?.isLive) return "talk";
  return mode === "open" ? "interrupt" : mode === "hold" ? "hint_hold" : "hint_toggle";
};
