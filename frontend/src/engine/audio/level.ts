// How loud audio looks: 0 for silence, 1 for a loud voice.

const FLOOR_DB = -60;
const LOUD_DB = -12;

export const rms = (samples: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i]! ** 2;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
};

export const asLevel = (value: number): number => {
  const decibels = 20 * Math.log10(Math.max(value, 1e-6));
  return Math.max(0, Math.min(1, (decibels - FLOOR_DB) / (LOUD_DB - FLOOR_DB)));
};

export const asDecibels = (level: number): number => FLOOR_DB + level * (LOUD_DB - FLOOR_DB);
