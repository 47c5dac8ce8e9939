// A test sound in the range of a voice: short sweeps with pauses, which echo cancellation treats as
// speech rather than as noise.

import { REPLY_RATE } from "./protocol.ts";

const LOW_HZ = 300;
const HIGH_HZ = 3400;
const SWEEP_SECONDS = 0.25;
const PAUSE_SECONDS = 0.05;
const PEAK = 0.5;

/** Returns 16-bit samples. */
export const chirps = (seconds: number): Int16Array<ArrayBuffer> => {
  const samples = new Int16Array(Math.round(seconds * REPLY_RATE));
  const period = SWEEP_SECONDS + PAUSE_SECONDS;
  const ratio = HIGH_HZ / LOW_HZ;
  for (let i = 0; i < samples.length; i++) {
    const share = ((i / REPLY_RATE) % period) / SWEEP_SECONDS;
    if (share >= 1) continue;
    // The frequency grows by the same factor in the same time.
    const turns = (LOW_HZ * SWEEP_SECONDS * (ratio ** share - 1)) / Math.log(ratio);
    const envelope = Math.sin(Math.PI * share);
    samples[i] = Math.round(32_767 * PEAK * envelope * Math.sin(2 * Math.PI * turns));
  }
  return samples;
};
