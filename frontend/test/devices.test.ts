import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { browser, device, plug, relay, reset } from "./browser.ts";
import { Call } from "../src/engine/call.ts";
import type { Ready } from "../src/engine/protocol.ts";

const BUILT_IN = device("audioinput", "Built-in");
const HEADSET = device("audioinput", "Headset");
const SPEAKER = device("audiooutput", "Speaker");
const HEADPHONES = device("audiooutput", "Headphones");

let call: Call;

const settle = async () => {
  for (let i = 0; i < 50; i++) await Promise.resolve();
};
const begin = async ({ microphone = "", speaker = "" } = {}) => {
  call.start({
    open: async () => ({ protocol: 1, path: "/talk", base: "http://home", relay }),
    settings: { mode: "open", microphone, speaker, volume: 1 },
  });
  await settle();
  const agent = { entity_id: "conversation.a", name: "Agent", features: ["text"] };
  const ready = { agent, limits: { idle_s: 60 } } as unknown as Ready;
  browser.receive({ type: "ready", isResumed: false, ready, transport: "socket" });
  await settle();
};
const change = async (...devices: MediaDeviceInfo[]) => {
  plug(...devices);
  await settle();
};
const notice = () => [call.notice, call.noticeName];
const opened = () => browser.tracks.map(({ label }) => label);
const listen = (count: number, isEmpty: boolean) => {
  for (let i = 0; i < count; i++) {
    browser.report("playai-microphone", { ms: 40, level: 0, isSpeech: false, isEmpty });
  }
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  reset();
  browser.devices = [BUILT_IN, HEADSET, SPEAKER, HEADPHONES];
  const settings = { mode: "open" as const, microphone: "", speaker: "", volume: 1 };
  const open = async () => ({ protocol: 1, path: "/", base: "http://home", relay });
  call = new Call({ open, settings }, () => undefined);
});

test("the chosen devices are used", async () => {
  await begin({ microphone: "Headset", speaker: "Headphones" });
  assert.deepEqual([call.microphoneName, browser.speakers], ["Headset", ["Headphones"]]);
  assert.equal(call.notice, "");
});

test("a microphone that is unplugged is replaced, and used again when it is back", async () => {
  await begin({ microphone: "Headset" });
  await change(BUILT_IN, SPEAKER);
  assert.deepEqual(notice(), ["microphone_replaced", "Built-in"]);
  assert.ok(call.isMicrophoneOn && call.isLive);
  await change(BUILT_IN, HEADSET, SPEAKER);
  assert.deepEqual(notice(), ["microphone_changed", "Headset"]);
  assert.deepEqual(opened(), ["Headset", "Built-in", "Headset"]);
  assert.equal(browser.tracks.filter(({ readyState }) => readyState === "live").length, 1);
});

test("a call without any microphone continues with the next one", async () => {
  await begin();
  await change(SPEAKER);
  assert.deepEqual([call.notice, call.isMicrophoneOn, call.isLive], ["microphone_lost", false, true]);
  await change(HEADSET, SPEAKER);
  assert.deepEqual(notice(), ["microphone_replaced", "Headset"]);
  assert.ok(call.isMicrophoneOn);
});

test("a microphone that the system takes away is opened again", async () => {
  await begin();
  const [track] = browser.tracks;
  track!.stop();
  track!.onended?.();
  await settle();
  assert.deepEqual(notice(), ["microphone_replaced", "Built-in"]);
});

test("another default microphone is followed, unless one was chosen", async () => {
  await begin();
  await change(HEADSET, BUILT_IN, SPEAKER);
  assert.deepEqual(notice(), ["microphone_changed", "Headset"]);
  await call.useMicrophone("Headset");
  await change(BUILT_IN, HEADSET, SPEAKER);
  assert.equal(call.microphoneName, "Headset");
});

test("other devices that come and go change nothing", async () => {
  await begin({ microphone: "Built-in" });
  await change(BUILT_IN, SPEAKER);
  await change(BUILT_IN, HEADSET, SPEAKER, HEADPHONES);
  assert.deepEqual([opened(), call.notice], [["Built-in"], ""]);
});

test("the old microphone is heard until the new one is there", async () => {
  await begin();
  let grant!: () => void;
  browser.microphone = () => new Promise((resolve) => (grant = resolve));
  const switched = call.useMicrophone("Headset");
  await settle();
  assert.deepEqual([call.microphoneName, call.isMicrophoneOn], ["Built-in", true]);
  grant();
  await switched;
  assert.deepEqual([call.microphoneName, browser.tracks[0]!.readyState], ["Headset", "ended"]);
});

test("a muted microphone stays muted when it is replaced", async () => {
  await begin();
  call.mute(true);
  await call.useMicrophone("Headset");
  assert.deepEqual([call.microphoneName, browser.tracks[1]!.enabled], ["Headset", false]);
});

test("a microphone that is off is not opened by a choice or a new device", async () => {
  await begin();
  await call.switchOff(true);
  await call.useMicrophone("Headset");
  await change(HEADSET, BUILT_IN);
  assert.deepEqual([opened(), call.isMicrophoneOn], [["Built-in"], false]);
  await call.switchOff(false);
  assert.equal(call.microphoneName, "Headset");
});

test("a device that is granted after the microphone was switched off is released", async () => {
  await begin();
  let grant!: () => void;
  browser.microphone = () => new Promise((resolve) => (grant = resolve));
  const switched = call.useMicrophone("Headset");
  await settle();
  await call.switchOff(true);
  grant();
  await switched;
  assert.equal(call.isMicrophoneOn, false);
  assert.ok(browser.tracks.every(({ readyState }) => readyState === "ended"));
});

test("a microphone that cannot be opened leaves the present one", async () => {
  await begin();
  browser.microphone = async () => {
    throw new DOMException("", "NotReadableError");
  };
  await call.useMicrophone("Headset");
  assert.deepEqual([call.notice, call.microphoneName], ["microphone_busy", "Built-in"]);
  assert.ok(call.isMicrophoneOn);
});

test("a microphone that works solves the problem of another one", async () => {
  await begin();
  for (const name of ["NotReadableError", "NotFoundError", "NotAllowedError", "TypeError"]) {
    browser.microphone = async () => {
      throw new DOMException("", name);
    };
    await call.useMicrophone("Headset");
    assert.notEqual(call.notice, "");
    browser.microphone = async () => undefined;
    await call.useMicrophone("Headset");
    assert.equal(call.notice, "");
  }
});

test("the speaker falls back to the default one, and returns", async () => {
  await begin({ speaker: "Headphones" });
  await change(BUILT_IN, SPEAKER);
  assert.deepEqual([call.notice, browser.speakers.at(-1)], ["speaker_lost", ""]);
  await change(BUILT_IN, SPEAKER, HEADPHONES);
  assert.deepEqual([call.notice, browser.speakers.at(-1)], ["", "Headphones"]);
});

test("a lost speaker is explained once", async () => {
  await begin({ speaker: "Headphones" });
  await change(BUILT_IN, SPEAKER);
  call.dismissNotice();
  await change(BUILT_IN, HEADSET, SPEAKER);
  assert.equal(call.notice, "");
  await change(BUILT_IN, SPEAKER, HEADPHONES);
  await change(BUILT_IN, SPEAKER);
  assert.equal(call.notice, "speaker_lost");
});

test("a headset that is unplugged leaves the name of the microphone that listens", async () => {
  await begin({ microphone: "Headset", speaker: "Headphones" });
  await change(BUILT_IN, SPEAKER);
  assert.deepEqual(notice(), ["microphone_replaced", "Built-in"]);
});

test("a speaker that is not there at the start is explained", async () => {
  await begin({ speaker: "Television" });
  assert.deepEqual([call.notice, browser.speakers], ["speaker_lost", []]);
});

test("a speaker that cannot be used is explained", async () => {
  await begin();
  browser.isSpeakerBroken = true;
  await call.useSpeaker("Headphones");
  assert.equal(call.notice, "speaker");
  browser.isSpeakerBroken = false;
  await call.useSpeaker("Headphones");
  assert.equal(call.notice, "");
});

test("a microphone that the system mutes is explained as long as it is", async () => {
  await begin();
  const [track] = browser.tracks;
  track!.muted = true;
  track!.onmute?.();
  listen(250, true);
  assert.equal(call.notice, "microphone_muted");
  track!.muted = false;
  track!.onunmute?.();
  assert.equal(call.notice, "");
  listen(125, true);
  assert.equal(call.notice, "microphone_silent");
});

test("a microphone without any sound is explained until there is some", async () => {
  await begin();
  listen(124, true);
  assert.equal(call.notice, "");
  listen(1, true);
  assert.equal(call.notice, "microphone_silent");
  listen(1, false);
  assert.equal(call.notice, "");
  listen(250, true);
  assert.equal(call.notice, "");
});

test("a muted microphone is not explained as one without sound", async () => {
  await begin();
  call.mute(true);
  listen(250, true);
  assert.equal(call.notice, "");
});

test("a call that is over follows no devices", async () => {
  await begin();
  call.end();
  await change(HEADSET);
  assert.deepEqual([opened(), browser.listeners.size], [["Built-in"], 0]);
});
