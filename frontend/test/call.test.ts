import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { type Message, browser, relay, reset } from "./browser.ts";
import { Call } from "../src/engine/call.ts";
import { type Mode, type Opening, OpeningError } from "../src/engine/opening.ts";
import type { Message as HomeMessage, Ready } from "../src/engine/protocol.ts";
import type { Transport } from "../src/engine/transport/link.ts";

let call: Call;
let opens: number;
let open: () => Promise<Opening>;

const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};
const start = async ({ mode = "open" as Mode, microphone = true } = {}) => {
  const settings = { mode, microphone: "", speaker: "", volume: 0.5 };
  call.start({ open: () => open(), settings }, { microphone });
  await settle();
};
const ready = (isResumed = false, transport: Transport = "socket") =>
  browser.receive({
    type: "ready",
    isResumed,
    transport,
    ready: {
      agent: { entity_id: "conversation.a", name: "Agent", features: ["text"] },
      limits: { idle_s: 60 },
    } as unknown as Ready,
  });
const receive = (message: Message) =>
  browser.receive({ type: "message", message: { n: 1, ...message } as unknown as HomeMessage });
const phase = (value: string) => receive({ type: "phase", value });
const close = (code: number) => browser.receive({ type: "closed", code });
const begin = async (mode: Mode = "open") => {
  await start({ mode });
  ready();
  phase("listening");
};

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  reset();
  opens = 0;
  open = async () => ({ protocol: 1, path: `/talk/${++opens}`, base: "http://home", relay });
  const settings = { mode: "open" as const, microphone: "", speaker: "", volume: 1 };
  call = new Call({ open: () => open(), settings }, () => undefined);
});

test("a call opens the microphone, then a talk, and follows its phases", async () => {
  await start();
  assert.deepEqual([call.phase, browser.opened], ["connecting", ["/talk/1"]]);
  assert.ok(call.isMicrophoneOn);
  ready();
  phase("speaking");
  assert.deepEqual([call.phase, call.agent, call.features], ["speaking", "Agent", ["text"]]);
  assert.deepEqual(browser.sent, [{ type: "mode", value: "open" }]);
});

test("a talk knows whether its microphone hears the agent", async () => {
  browser.cancelsEcho = false;
  await begin();
  const echoes = () => browser.sent.filter(({ type }) => type === "microphone").map(({ echo }) => echo);
  assert.deepEqual(echoes().slice(-1), [true]);
  const known = echoes().length;
  browser.cancelsEcho = true;
  await call.useMicrophone("");
  await call.useMicrophone("");
  assert.deepEqual(echoes().slice(known), [false]);
});

test("a browser that cancels echo, or does not say so, says nothing of it", async () => {
  for (const cancelsEcho of [true, undefined]) {
    browser.cancelsEcho = cancelsEcho;
    await begin();
    assert.ok(!browser.sent.some(({ type }) => type === "microphone"));
    call.end();
  }
});

test("the language of the talk is noted once, if the user has another", async () => {
  const ours = open;
  open = async () => ({ ...(await ours()), otherLanguage: "Englisch" });
  await begin();
  assert.deepEqual([call.notice, call.noticeName], ["other_language", "Englisch"]);
  call.dismissNotice();
  browser.receive({ type: "lost" });
  close(1006);
  mock.timers.tick(2000);
  await settle();
  assert.deepEqual([opens, call.notice], [2, ""]);
});

test("with a button, the agent hears the user only while it is held", async () => {
  await begin("hold");
  assert.deepEqual([call.isMicrophoneOn, call.isHeard], [true, false]);
  call.hold(true);
  assert.equal(call.isHeard, true);
  call.hold(false);
  assert.equal(call.isHeard, false);
});

test("an open microphone is heard until it is muted", async () => {
  await begin();
  assert.equal(call.isHeard, true);
  call.mute(true);
  assert.equal(call.isHeard, false);
});

test("the last and the slowest way to Home Assistant and back are figures", async () => {
  await begin();
  for (const ms of [20, 90, 30]) browser.receive({ type: "round_trip", ms });
  const { roundTripMs, slowestRoundTripMs } = call.figures;
  assert.deepEqual([roundTripMs, slowestRoundTripMs], [30, 90]);
  assert.equal(call.phase, "listening");
});

test("the next talk begins with the transport that has worked last", async () => {
  await start();
  ready(false, "connection");
  assert.equal(call.figures.transport, "connection");
  call.end();
  await start();
  ready();
  call.end();
  await start();
  assert.deepEqual(browser.transports, ["socket", "connection", "socket"]);
});

test("the end releases the microphone", async () => {
  await begin();
  call.end();
  assert.deepEqual([call.phase, call.reason], ["ended", "bye"]);
  assert.deepEqual(browser.tracks.map(({ readyState }) => readyState), ["ended"]);
  assert.equal(browser.worker.commands.at(-1)?.type, "close");
  assert.ok(Object.values(browser.worklets).every(({ port }) => port.isClosed && !port.onmessage));
});

test("a call that ended while the microphone was opened stays ended", async () => {
  let grant!: () => void;
  browser.microphone = () => new Promise((resolve) => (grant = resolve));
  await start();
  call.end();
  grant();
  await settle();
  assert.equal(call.phase, "ended");
  assert.deepEqual(browser.tracks.map(({ readyState }) => readyState), ["ended"]);
  assert.deepEqual(browser.opened, []);
});

for (const [name, key] of [
  ["NotAllowedError", "permission"],
  ["NotFoundError", "no_microphone"],
  ["NotReadableError", "microphone_busy"],
  ["TypeError", "microphone"],
] as const) {
  test(`a microphone that fails with ${name} fails the call with a reason`, async () => {
    browser.microphone = async () => {
      throw new DOMException("", name);
    };
    await start();
    assert.deepEqual([call.phase, call.reason], ["failed", key]);
  });
}

test("a page that is not secure fails with a reason", async () => {
  Object.assign(globalThis, { isSecureContext: false });
  await start();
  Object.assign(globalThis, { isSecureContext: true });
  assert.deepEqual([call.phase, call.reason], ["failed", "insecure"]);
});

test("without a microphone the user types", async () => {
  await start({ microphone: false });
  ready();
  call.say("hello");
  assert.equal(call.hasMicrophone, false);
  assert.deepEqual(browser.sent.at(-1), { type: "text", text: "hello" });
  assert.deepEqual(browser.tracks, []);
});

for (const key of ["unauthorized", "not_found", "too_many_talks"]) {
  test(`a talk that is refused with ${key} fails the call`, async () => {
    open = async () => {
      throw new OpeningError(key);
    };
    await start();
    assert.deepEqual([call.phase, call.reason], ["failed", key]);
  });
}

test("another protocol asks for a reload of the page", async () => {
  open = async () => ({ protocol: 2, path: "/", base: "http://home", relay });
  await start();
  assert.equal(call.reason, "old_page");
});

test("a page whose worklet of the microphone is gone asks for a reload", async () => {
  browser.missing = "microphone.worklet";
  await start();
  assert.deepEqual([call.phase, call.reason], ["failed", "old_page"]);
});

test("a page whose worker is gone asks for a reload", async () => {
  await start();
  browser.worker.onerror?.({});
  assert.deepEqual([call.phase, call.reason], ["failed", "old_page"]);
});

test("a browser that cannot run the worker is too old", async () => {
  await start();
  browser.worker.onerror?.({ message: "SyntaxError" });
  assert.deepEqual([call.phase, call.reason], ["failed", "unsupported"]);
});

test("a player that cannot be loaded fails the call", async () => {
  browser.missing = "player.worklet";
  await start();
  assert.deepEqual([call.phase, call.reason], ["failed", "internal"]);
  assert.equal(call.isMicrophoneOn, false);
});

for (const [code, reason] of [
  [4003, "forbidden"],
  [4008, "internal"],
  [4400, "internal"],
  [4426, "old_page"],
  [4999, "internal"],
  [1, "blocked"],
] as const) {
  test(`a socket that closes with ${code} fails the call`, async () => {
    await begin();
    close(code);
    assert.deepEqual([call.phase, call.reason], ["failed", reason]);
    assert.equal(call.isMicrophoneOn, false);
  });
}

test("another window that takes over ends the call", async () => {
  await begin();
  close(4009);
  assert.deepEqual([call.phase, call.reason], ["ended", "replaced"]);
});

for (const code of [1001, 4001, 4004, 2]) {
  test(`another talk is opened after ${code}, with the words of the first`, async () => {
    await begin("hold");
    receive({ type: "heard", id: 1, text: "Hello", final: true });
    call.mute(true);
    close(code);
    assert.equal(call.phase, "reconnecting");
    mock.timers.tick(2000);
    await settle();
    assert.deepEqual(browser.opened, ["/talk/1", "/talk/2"]);
    const before = browser.sent.length;
    ready();
    assert.deepEqual(browser.sent.slice(before), [
      { type: "mode", value: "hold" },
      { type: "mute", on: true },
    ]);
    receive({ type: "heard", id: 1, text: "Again", final: true });
    assert.deepEqual(
      call.transcript.sayings.map(({ kind }) => kind),
      ["user", "break", "user"],
    );
    assert.equal(call.figures.newTalks, 1);
  });
}

test("a home that is away is tried for a minute", async () => {
  await begin();
  open = async () => {
    throw new OpeningError("home_away");
  };
  close(1001);
  let seconds = 0;
  for (; call.isLive && seconds < 300; seconds++) {
    mock.timers.tick(1000);
    await settle();
  }
  assert.deepEqual([call.phase, call.reason], ["failed", "home_away"]);
  assert.ok(seconds > 55 && seconds < 70, `${seconds}`);
});

test("a talk that is resumed continues", async () => {
  await begin();
  phase("speaking");
  browser.receive({ type: "lost" });
  assert.equal(call.phase, "reconnecting");
  const before = browser.sent.length;
  ready(true);
  assert.equal(call.phase, "speaking");
  assert.deepEqual(browser.sent.slice(before), [
    { type: "mode", value: "open" },
    { type: "mute", on: false },
  ]);
  assert.equal(call.figures.resumes, 1);
});

for (const [isResumed, mute] of [
  [true, [{ type: "mute", on: false }]],
  [false, []],
] as const) {
  test(`a press while the talk is lost is heard afterwards (resumed: ${isResumed})`, async () => {
    await begin("hold");
    call.mute(true);
    browser.receive({ type: "lost" });
    call.mute(false);
    call.hold(true);
    const before = browser.sent.length;
    ready(isResumed);
    assert.deepEqual(browser.sent.slice(before), [
      { type: "mode", value: "hold" },
      ...mute,
      { type: "hold", on: true },
    ]);
    assert.equal(call.isHeard, true);
  });
}

test("a press before the talk is ready is heard", async () => {
  await start({ mode: "hold" });
  call.hold(true);
  ready();
  assert.deepEqual(browser.sent.slice(-2), [
    { type: "mode", value: "hold" },
    { type: "hold", on: true },
  ]);
});

test("the agent ends the call, with its reason", async () => {
  await begin();
  receive({ type: "end", reason: "idle" });
  assert.deepEqual([call.phase, call.reason], ["ended", "idle"]);
  await begin();
  receive({ type: "end", reason: "error", key: "invalid_key" });
  assert.deepEqual([call.phase, call.reason], ["failed", "invalid_key"]);
});

test("an error with which the talk continues is a notice", async () => {
  await begin();
  receive({ type: "error", key: "no_reply", message: "" });
  assert.deepEqual([call.phase, call.notice], ["listening", "no_reply"]);
  call.dismissNotice();
  assert.equal(call.notice, "");
});

test("the agent is interrupted where it is heard", async () => {
  await begin();
  phase("thinking");
  call.interrupt();
  assert.deepEqual(browser.sent.at(-1), { type: "interrupt", reply: 0, ms: 0 });
  phase("speaking");
  call.interrupt();
  assert.deepEqual(browser.worklets["playai-player"]!.port.sent.at(-1), { type: "interrupt" });
});

test("typed text drops what is heard, and interrupts nothing after it", async () => {
  await begin();
  phase("speaking");
  call.say("hello");
  assert.deepEqual(browser.sent.at(-1), { type: "text", text: "hello" });
  assert.deepEqual(browser.worklets["playai-player"]!.port.sent.at(-1), { type: "drop" });
});

test("a new conversation is separated from the words before, which a call that is over forgets", async () => {
  await begin();
  receive({ type: "heard", id: 1, text: "Hello", final: true });
  call.again();
  receive({ type: "restarted", conversation_id: "2" });
  receive({ type: "heard", id: 2, text: "Again", final: true });
  const kinds = () => call.transcript.sayings.map(({ kind }) => kind);
  assert.deepEqual(kinds(), ["user", "break", "user"]);
  call.forget();
  assert.equal(kinds().length, 3);
  call.end();
  call.forget();
  assert.deepEqual(kinds(), []);
});

test("the user holds and releases", async () => {
  await begin("hold");
  call.hold(true);
  call.hold(true);
  call.hold(false);
  assert.deepEqual(
    browser.sent.filter(({ type }) => type === "hold").map(({ on }) => on),
    [true, false],
  );
  call.setMode("open");
  call.hold(true);
  assert.deepEqual(browser.sent.at(-1), { type: "mode", value: "open" });
});

for (const mode of ["hold", "toggle"] as const) {
  test(`a press counts for a minute at most in the mode ${mode}`, async () => {
    await begin(mode);
    call.hold(true);
    mock.timers.tick(40_000);
    call.hold(false);
    call.hold(true);
    mock.timers.tick(59_999);
    assert.equal(call.isHeard, true);
    mock.timers.tick(1);
    assert.equal(call.isHeard, false);
    assert.deepEqual(browser.sent.at(-1), { type: "hold", on: false });
  });
}

test("a press of a call that is over does not end the next one", async () => {
  await begin("hold");
  call.hold(true);
  mock.timers.tick(40_000);
  call.end();
  await begin("hold");
  call.hold(true);
  mock.timers.tick(40_000);
  assert.equal(call.isHeard, true);
});

test("a call does not reopen its microphone after the device wakes from sleep", async () => {
  await begin();
  mock.timers.tick(200_000);
  browser.receive({ type: "lost" });
  close(2);
  mock.timers.tick(2000);
  await settle();
  assert.deepEqual([call.phase, call.reason, browser.opened], ["ended", "idle", ["/talk/1"]]);
});

test("muting releases the button, and so does a lost talk", async () => {
  await begin("toggle");
  call.hold(true);
  call.mute(true);
  assert.equal(call.isHeld, false);
  assert.deepEqual(browser.sent.slice(-2), [
    { type: "mute", on: true },
    { type: "hold", on: false },
  ]);
  call.mute(false);
  call.hold(true);
  const before = browser.sent.length;
  browser.receive({ type: "lost" });
  assert.equal(call.isHeld, false);
  assert.equal(browser.sent.length, before);
});

test("a muted microphone is silent, and one that is off is released", async () => {
  await begin();
  call.mute(true);
  assert.equal(browser.tracks[0]!.enabled, false);
  assert.deepEqual(browser.sent.at(-1), { type: "mute", on: true });
  await call.switchOff(true);
  assert.equal(call.isMicrophoneOn, false);
  await call.switchOff(false);
  assert.ok(call.isMicrophoneOn);
  assert.deepEqual([call.isMuted, browser.tracks.at(-1)!.enabled], [false, true]);
  await call.switchOff(true);
  call.toggleMute();
  await settle();
  assert.deepEqual([call.isMuted, call.isMicrophoneOn], [false, true]);
  call.toggleMute();
  assert.deepEqual([call.isMuted, call.isMicrophoneOn], [true, true]);
});

test("the agent is quieter while the user speaks over it", async () => {
  await begin();
  phase("speaking");
  browser.report("playai-microphone", { level: 0.8, isSpeech: true });
  assert.equal(call.levels.user, 0.8);
  assert.deepEqual(browser.volumes.at(-1), 0.125);
  browser.report("playai-microphone", { level: 0, isSpeech: false });
  assert.deepEqual(browser.volumes.at(-1), 0.5);
});

test("the echo is measured while only the agent speaks", async () => {
  await begin();
  const heard = { reply: 1, ms: 0, level: 0.9, underruns: 2, dropped: 1, waitingMs: 40 };
  browser.report("playai-player", heard);
  browser.report("playai-microphone", { level: 0.5, isSpeech: false });
  const { echoDb, underruns, waitingMs } = call.figures;
  assert.deepEqual([echoDb, underruns, waitingMs], [-36, 2, 40]);
});
