// A person's settings in this browser.

export interface Preferences {
  microphone: string;
  /** Shown while the device is not connected. */
  microphoneName: string;
  speaker: string;
  speakerName: string;
  volume: number;
}

const KEY = "playai-talk";
const DEFAULTS: Preferences = {
  microphone: "",
  microphoneName: "",
  speaker: "",
  speakerName: "",
  volume: 1,
};

export const readPreferences = (): Preferences => {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const known = { ...DEFAULTS, ...(stored as Partial<Preferences>) };
    return {
      microphone: String(known.microphone),
      microphoneName: String(known.microphoneName),
      speaker: String(known.speaker),
      speakerName: String(known.speakerName),
      volume: Math.min(1, Math.max(0, Number(known.volume))) || 0,
    };
  } catch {
    return DEFAULTS;
  }
};

export const changePreferences = (change: Partial<Preferences>): void => {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...readPreferences(), ...change }));
  } catch {
    // In a private window, the change lasts for this call only.
  }
};
