import assert from "node:assert/strict";
import { test } from "node:test";
import { asLevel, rms } from "../src/engine/audio/level.ts";
import { Meter } from "../src/engine/audio/meter.ts";
import { SILENCE, decodeSample, encode, encodeSample } from "../src/engine/audio/mulaw.ts";
import { Resampler } from "../src/engine/audio/resample.ts";
import { SpeechDetector } from "../src/engine/audio/speech.ts";

const BLOCK = 128;

const tone = (rate: number, frequency: number, seconds = 1) =>
  Float32Array.from({ length: rate * seconds }, (_, i) =>
    Math.sin((2 * Math.PI * frequency * i) / rate),
  );

const convert = (from: number, samples: Float32Array) => {
  const resampler = new Resampler(from, 16_000);
  const output: number[] = [];
  for (let i = 0; i < samples.length; i += BLOCK) {
    output.push(...resampler.push(samples.subarray(i, i + BLOCK)));
  }
  return Float32Array.from(output);
};

/** Skips the beginning, where the filter still sees the silence before the tone. */
const decibels = (samples: Float32Array) => 20 * Math.log10(rms(samples.subarray(400)) * Math.SQRT2);

test("every code of µ-law survives", () => {
  for (let code = 0; code < 256; code++) {
    // There are two codes for zero.
    const again = encodeSample(decodeSample(code));
    assert.equal(decodeSample(again), decodeSample(code));
  }
});

test("µ-law has the values of the standard", () => {
  assert.deepEqual(
    [0, 1000, -1000, 32_767, -32_768].map(encodeSample),
    [0xff, 0xce, 0x4e, 0x80, 0x00],
  );
  assert.deepEqual([...encode(Float32Array.of(0, 2, -2))], [SILENCE, 0x80, 0x00]);
});

for (const rate of [8000, 22_050, 32_000, 44_100, 48_000, 96_000]) {
  test(`a voice at ${rate} Hz keeps its level and length`, () => {
    for (const frequency of [200, 1000, 3000]) {
      const output = convert(rate, tone(rate, frequency));
      assert.ok(Math.abs(decibels(output)) < 0.1, `${frequency} Hz: ${decibels(output)} dB`);
      assert.ok(16_000 - output.length < 100, `${output.length} samples`);
    }
  });
}

for (const rate of [32_000, 44_100, 48_000, 96_000]) {
  test(`what 16 kHz cannot carry is removed from ${rate} Hz`, () => {
    for (const frequency of [8200, 9000, 12_000, 15_500]) {
      const output = convert(rate, tone(rate, frequency));
      assert.ok(decibels(output) < -60, `${frequency} Hz: ${decibels(output)} dB`);
    }
  });
}

test("audio at the right rate is not changed", () => {
  const samples = tone(16_000, 440);
  assert.deepEqual(convert(16_000, samples), samples);
});

test("the level is 0 for silence and 1 for a loud voice", () => {
  assert.equal(rms(new Float32Array(0)), 0);
  assert.equal(asLevel(0), 0);
  assert.equal(asLevel(0.5), 1);
  assert.ok(asLevel(0.02) > 0.3 && asLevel(0.02) < 0.8);
});

const hear = (detector: SpeechDetector, ...runs: [level: number, frames: number][]) =>
  runs.map(([level, frames]) => {
    for (let i = 0; i < frames; i++) detector.push(level);
    return detector.isSpeech;
  });

test("speech is found within three frames and ends after a pause", () => {
  const detector = new SpeechDetector();
  const found = hear(detector, [0.002, 50], [0.1, 2], [0.1, 1], [0.002, 19], [0.002, 1]);
  assert.deepEqual(found, [false, false, true, true, false]);
});

test("a click is not speech", () => {
  assert.deepEqual(hear(new SpeechDetector(), [0.002, 50], [0.5, 1], [0.002, 5]), [false, false, false]);
});

test("steady noise becomes the background", () => {
  const detector = new SpeechDetector();
  hear(detector, [0.03, 500]);
  assert.equal(detector.isSpeech, false);
});

test("while the agent speaks, an echo is not speech and a loud voice is", () => {
  const detector = new SpeechDetector();
  detector.hasEcho = true;
  assert.deepEqual(hear(detector, [0.004, 50], [0.02, 10], [0.2, 5]), [false, false, true]);
});

const LOUD = 0.1;

test("the microphone is reported every two frames, with the mean of their power", () => {
  const meter = new Meter();
  assert.equal(meter.push(0.02, 0.02), undefined);
  const level = asLevel(Math.sqrt((0.02 ** 2 + 0.01 ** 2) / 2));
  assert.deepEqual(meter.push(0.01, 0.01), { ms: 40, level, isSpeech: false, isEmpty: false });
  assert.equal(meter.push(0, 0), undefined);
  assert.deepEqual(meter.push(0, 0), { ms: 40, level: 0, isSpeech: false, isEmpty: true });
});

test("speech is reported at once when it begins and when it ends", () => {
  const meter = new Meter();
  const push = (level: number, frames: number) =>
    Array.from({ length: frames }, () => meter.push(level, level)).filter((report) => report !== undefined);
  push(0.002, 50);
  const [, begin] = push(LOUD, 3);
  assert.deepEqual(begin, { ms: 20, level: asLevel(LOUD), isSpeech: true, isEmpty: false });
  const reports = push(0.002, 20);
  assert.deepEqual(reports.map(({ isSpeech }) => isSpeech), [...Array<boolean>(9).fill(true), false]);
  assert.equal(reports.reduce((sum, { ms }) => sum + ms, 0), 400);
});

test("a muted microphone is reported as silent, but not as empty", () => {
  const meter = new Meter();
  meter.push(0, 0);
  assert.deepEqual(meter.push(LOUD, 0), { ms: 40, level: 0, isSpeech: false, isEmpty: false });
});

test("an echo of the agent is not reported as speech", () => {
  const meter = new Meter();
  meter.hasEcho = true;
  for (let i = 0; i < 50; i++) meter.push(0.004, 0.004);
  for (let i = 0; i < 10; i++) assert.notEqual(meter.push(0.02, 0.02)?.isSpeech, true);
});
