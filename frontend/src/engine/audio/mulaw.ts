// G.711 µ-law.

const BIAS = 0x84;
const CLIP = 32_635;

/** The code of silence. */
export const SILENCE = 0xff;

/** Encodes a 16-bit sample. */
export const encodeSample = (sample: number): number => {
  const sign = sample < 0 ? 0x80 : 0;
  const biased = Math.min(Math.abs(sample), CLIP) + BIAS;
  const exponent = 31 - Math.clz32(biased) - 7;
  const mantissa = (biased >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
};

export const decodeSample = (code: number): number => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + BIAS) << ((bits >> 4) & 0x07)) - BIAS;
  return bits & 0x80 ? 0 - magnitude : magnitude;
};

/** Encodes samples between -1 and 1. */
export const encode = (samples: Float32Array): Uint8Array<ArrayBuffer> => {
  const codes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const sample = Math.round(samples[i]! * 32_768);
    codes[i] = encodeSample(Math.max(-32_768, Math.min(32_767, sample)));
  }
  return codes;
};
