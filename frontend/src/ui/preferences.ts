// What a person has chosen in this browser.

export interface Preferences {
  microphone: string;
  speaker: string;
  volume: number;
}

const KEY = "playai-talk";
const DEFAULTS: Preferences = { microphone: "", speaker: "", volume: 1 };

export const readPreferences = (): Preferences => {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return {
      microphone: String(stored.microphone ?? ""),
      speaker: String(stored.speaker ?? ""),
      volume: Math.min(1, Math.max(0, Number(stored.volume ?? 1))) || 0,
    };
  } catch {
    return DEFAULTS;
  }
};

export const changePreferences = (change: Partial<Preferences>): void => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // A private window: it holds for this call.
  }
};
