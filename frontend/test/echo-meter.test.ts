import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { browser, reset } from "./browser.ts";
import { chirps } from "../src/engine/chirps.ts";
import { EchoMeter, verdictOf } from "../src/engine/echo-meter.ts";
import { REPLY_RATE } from "../src/engine/protocol.ts";

const SETTINGS = { mode: "open" as const, microphone: "", speaker: "", volume: 1 };

const settle = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const hear = async (level: number, count = 1) => {
  for (let i = 0; i < count; i++) {
    browser.report("playai-microphone", { ms: 40, level, isSpeech: false, isEmpty: false });
  }
  await settle();
};
const play = async (reply: number, ms: number) => {
  browser.report("playai-player", { reply, ms, level: 1, underruns: 0, dropped: 0, waitingMs: 0 });
  await settle();
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  reset();
});

test("chirps are sweeps between pauses, and not too loud", () => {
  const samples = chirps(0.6);
  assert.equal(samples.length, 0.6 * REPLY_RATE);
  assert.ok(samples.every((sample) => Math.abs(sample) <= 16_384));
  const isSilent = (from: number, to: number) =>
    samples.slice(from * REPLY_RATE, to * REPLY_RATE).every((sample) => sample === 0);
  assert.ok(!isSilent(0.1, 0.15) && isSilent(0.26, 0.3) && !isSilent(0.4, 0.45));
});

test("the echo is measured without and with cancellation", async () => {
  const measured = new EchoMeter(SETTINGS).measure();
  await settle();
  assert.equal(browser.tracks[0]!.constraints.echoCancellation, false);
  await hear(1, 13); // The device starts.
  await hear(0, 25);
  await hear(0.75, 3); // Before chirps are heard.
  await play(1, 500);
  await hear(0.75, 3);
  await play(1, 2000);
  assert.equal(browser.tracks[0]!.readyState, "ended");
  assert.deepEqual(browser.tracks[1]!.constraints.echoCancellation, { ideal: "all" });
  await hear(0.75, 3); // Cancellation adapts.
  await play(2, 3000);
  await hear(0.25, 3);
  await play(2, 5000);
  const { room, raw, left } = await measured;
  assert.deepEqual([room, raw, left].map(Math.round), [-60, -24, -48]);
  assert.equal(browser.tracks[1]!.readyState, "ended");
});

test("a meter that is closed ends its measurement and releases the microphone", async () => {
  const meter = new EchoMeter(SETTINGS);
  const measured = meter.measure();
  await settle();
  meter.close();
  await assert.rejects(measured, /closed/);
  assert.ok(browser.tracks.every(({ readyState }) => readyState === "ended"));
});

test("a measurement that does not progress fails", async () => {
  const measured = new EchoMeter(SETTINGS).measure();
  await settle();
  mock.timers.tick(30_000);
  await assert.rejects(measured, /too long/);
});

test("a microphone that is not allowed fails the measurement", async () => {
  browser.microphone = async () => {
    throw new DOMException("", "NotAllowedError");
  };
  await assert.rejects(new EchoMeter(SETTINGS).measure(), { name: "NotAllowedError" });
});

test("the verdict depends on what is left, and on the noise of the room", () => {
  assert.equal(verdictOf({ room: -58, raw: -55, left: -58 }), "none");
  assert.equal(verdictOf({ room: -58, raw: -25, left: -56 }), "good");
  assert.equal(verdictOf({ room: -40, raw: -25, left: -38 }), "good");
  assert.equal(verdictOf({ room: -58, raw: -25, left: -46 }), "fair");
  assert.equal(verdictOf({ room: -58, raw: -25, left: -30 }), "bad");
});
