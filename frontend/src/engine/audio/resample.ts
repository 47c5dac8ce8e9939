// Converts the sample rate with a polyphase FIR filter.

const ZERO_CROSSINGS = 24;
/** Of the Kaiser window: more than 70 dB of attenuation. */
const BETA = 7.5;
/** As a share of half the lower rate, where the transition band ends. */
const CUTOFF = 0.9;

const gcd = (a: number, b: number): number => (b ? gcd(b, a % b) : a);

const bessel = (x: number): number => {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) sum += term *= (x / (2 * k)) ** 2;
  return sum;
};

export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #half: number;
  readonly #filters: Float32Array[];
  #input: Float32Array;
  /** The position of the next output, in samples of `#input` and fractions of `#up`. */
  #index: number;
  #fraction = 0;

  constructor(from: number, to: number) {
    const divisor = gcd(from, to);
    this.#up = to / divisor;
    this.#down = from / divisor;
    const scale = Math.max(1, from / to);
    this.#half = Math.ceil(ZERO_CROSSINGS * scale);
    this.#filters = Array.from({ length: this.#up }, (_, phase) => this.#filter(phase, scale));
    this.#input = new Float32Array(this.#half);
    this.#index = this.#half;
  }

  /** Returns as many samples as can be computed; the rest of the input is kept. */
  push(samples: Float32Array): Float32Array {
    if (this.#up === this.#down) return samples.slice();
    const input = new Float32Array(this.#input.length + samples.length);
    input.set(this.#input);
    input.set(samples, this.#input.length);
    const output: number[] = [];
    for (; this.#index + this.#half < input.length; this.#advance()) {
      const filter = this.#filters[this.#fraction]!;
      const start = this.#index - this.#half;
      let sum = 0;
      for (let tap = 0; tap < filter.length; tap++) sum += filter[tap]! * input[start + tap]!;
      output.push(sum);
    }
    const first = Math.min(input.length, this.#index - this.#half);
    this.#input = input.slice(first);
    this.#index -= first;
    return Float32Array.from(output);
  }

  #advance(): void {
    this.#fraction += this.#down;
    this.#index += Math.floor(this.#fraction / this.#up);
    this.#fraction %= this.#up;
  }

  #filter(phase: number, scale: number): Float32Array {
    const taps = new Float32Array(2 * this.#half + 1);
    const cutoff = CUTOFF / scale;
    const shift = phase / this.#up;
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap++) {
      const x = tap - this.#half - shift;
      const inside = 1 - (x / (this.#half + 1)) ** 2;
      const window = inside > 0 ? bessel(BETA * Math.sqrt(inside)) / bessel(BETA) : 0;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
      sum += taps[tap] = sinc * window;
    }
    return taps.map((tap) => tap / sum);
  }
}
