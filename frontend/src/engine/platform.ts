// Whether this browser can talk, and the reason if it cannot.

export type Obstacle = "insecure" | "unsupported";

export const findObstacle = (): Obstacle | undefined => {
  if (!globalThis.isSecureContext) return "insecure";
  const hasAudio = "AudioWorkletNode" in globalThis && "Worker" in globalThis;
  return hasAudio ? undefined : "unsupported";
};

/** WebKit cancels the echo of media streams only, not that of Web Audio. */
export const isWebKit = (): boolean =>
  /AppleWebKit/.test(navigator.userAgent) && !/Chrome|Chromium|Android/.test(navigator.userAgent);

export const canChooseSpeaker = (): boolean =>
  "AudioContext" in globalThis && "setSinkId" in AudioContext.prototype;

/** The page has outlived a file: Home Assistant was updated. */
export class OldPageError extends Error {}

export type MicrophoneProblem = "permission" | "no_microphone" | "microphone_busy" | "microphone";

/** All of them, for any key. */
export const MICROPHONE_PROBLEMS: readonly string[] = [
  "permission",
  "no_microphone",
  "microphone_busy",
  "microphone",
] satisfies MicrophoneProblem[];

/** Why a microphone could not be opened. */
export const microphoneProblem = (error: unknown): MicrophoneProblem | "old_page" => {
  if (error instanceof OldPageError) return "old_page";
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "permission";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "no_microphone";
  if (name === "NotReadableError" || name === "AbortError") return "microphone_busy";
  return "microphone";
};
