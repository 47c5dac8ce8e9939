import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import type { PlayerInput } from "../src/engine/audio/ports.ts";
import { BLOCKED, LOST, Link, type LinkEvent } from "../src/engine/transport/link.ts";
import type { TalkSocket } from "../src/engine/transport/relay.ts";

class FakeSocket {
  static OPEN = 1;
  readyState = 0;
  bufferedAmount = 0;
  sent: unknown[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: unknown }) => void;
  onclose?: (event: { code: number }) => void;
  constructor(readonly url: string) {}
  send(data: string | Uint8Array) {
    this.sent.push(typeof data === "string" ? JSON.parse(data) : [...data.slice(0, 5)]);
  }
  close() {
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  receive(message: unknown) {
    this.onmessage?.({ data: message instanceof ArrayBuffer ? message : JSON.stringify(message) });
  }
  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

Object.assign(globalThis, { WebSocket: FakeSocket });

let sockets: FakeSocket[];
let relayed: FakeSocket[];
let events: LinkEvent[];
let played: PlayerInput[];
let link: Link;

const ready = (path: string) => ({ type: "ready", protocol: 1, resume: { path, seconds: 10 } });
const frame = (reply: number, offset: number, count = 2) => {
  const view = new DataView(new ArrayBuffer(8 + 2 * count));
  view.setUint8(0, 2);
  view.setUint16(2, reply, true);
  view.setUint32(4, offset, true);
  return view.buffer;
};
const last = () => sockets.at(-1)!;
const closed = () => events.filter((event) => event.type === "closed");

beforeEach(() => {
  mock.restoreAll();
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  sockets = [];
  relayed = [];
  events = [];
  played = [];
  link = new Link({
    connect: (url) => {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket as unknown as TalkSocket;
    },
    relay: (path) => {
      const socket = new FakeSocket(path);
      relayed.push(socket);
      return socket as unknown as TalkSocket;
    },
    report: (event) => events.push(event),
    play: (input) => played.push(input),
  });
});

const begin = () => {
  link.open("/talk?authSig=1", "https://home.example", "socket");
  last().open();
  last().receive(ready("/resume/1"));
};

test("a talk is opened with hello, and is ready with the answer", () => {
  begin();
  assert.equal(last().url, "wss://home.example/talk?authSig=1");
  assert.deepEqual(last().sent, [{ type: "hello", protocol: 1 }]);
  assert.equal(events[0]?.type, "ready");
});

test("messages wait for the talk to be ready", () => {
  link.open("/talk", "http://home", "socket");
  link.send({ type: "text", text: "hello" });
  link.sendMicrophone(new Uint8Array(320));
  last().open();
  assert.equal(last().sent.length, 1);
  last().receive(ready("/r"));
  assert.deepEqual(last().sent.slice(1), [{ type: "text", text: "hello" }]);
});

test("states of the page do not wait: it sends the present ones itself", () => {
  link.open("/talk", "http://home", "socket");
  link.send({ type: "mode", value: "hold" });
  link.send({ type: "mute", on: true });
  link.send({ type: "hold", on: true });
  last().open();
  last().receive(ready("/r"));
  assert.equal(last().sent.length, 1);
});

test("text that was typed while a talk was lost is for the next one", () => {
  begin();
  last().drop(4001);
  link.send({ type: "text", text: "hello" });
  link.send({ type: "confirm", id: "a", allow: true });
  begin();
  assert.deepEqual(last().sent.slice(1), [{ type: "text", text: "hello" }]);
});

test("frames of the microphone are numbered, and not queued without end", () => {
  begin();
  link.send({ type: "mode", value: "open" });
  link.sendMicrophone(Uint8Array.of(7));
  link.sendMicrophone(Uint8Array.of(8));
  last().bufferedAmount = 100_000;
  link.sendMicrophone(Uint8Array.of(9));
  assert.deepEqual(last().sent.slice(2), [[1, 0, 1, 0, 7], [1, 0, 2, 0, 8]]);
});

test("no frame is sent before the page has said whether a button opens the microphone", () => {
  for (let talk = 0; talk < 2; talk++) {
    begin();
    link.sendMicrophone(Uint8Array.of(7));
    link.send({ type: "mode", value: "hold" });
    link.sendMicrophone(Uint8Array.of(8));
    assert.deepEqual(last().sent.slice(1).map((each) => Array.isArray(each)), [false, true]);
    last().drop(4001);
  }
});

test("the audio of a reply goes to the player until it is flushed", () => {
  begin();
  last().receive(frame(1, 0));
  last().receive({ type: "flush", n: 1, reply: 1 });
  last().receive(frame(1, 2));
  last().receive(frame(2, 0));
  last().receive({ type: "reply_end", n: 2, reply: 2, ms: 1 });
  assert.deepEqual(
    played.map((input) => [input.type, "reply" in input ? input.reply : 0]),
    [["reset", 0], ["audio", 1], ["flush", 1], ["audio", 2], ["end", 2]],
  );
});

test("audio of a reply that the user has interrupted is dropped", () => {
  begin();
  link.send({ type: "interrupt", reply: 1, ms: 20 });
  last().receive(frame(1, 2));
  assert.deepEqual(played.map(({ type }) => type), ["reset"]);
});

test("a lost socket is resumed where it was", () => {
  begin();
  last().receive({ type: "phase", n: 5, value: "speaking" });
  last().receive(frame(3, 0, 100));
  last().drop();
  assert.equal(events.at(-1)?.type, "lost");
  assert.equal(last().url, "wss://home.example/resume/1");
  last().open();
  assert.deepEqual(last().sent[0], {
    type: "hello",
    protocol: 1,
    resume: { n: 5, reply: 3, samples: 100 },
  });
  last().receive(ready("/resume/2"));
  const event = events.at(-1)!;
  assert.ok(event.type === "ready" && event.isResumed);
  last().receive({ type: "phase", n: 5, value: "speaking" });
  last().receive({ type: "phase", n: 6, value: "listening" });
  assert.equal(events.filter(({ type }) => type === "message").length, 2);
  last().drop();
  assert.equal(last().url, "wss://home.example/resume/2");
});

test("resuming is tried every second and given up after ten", () => {
  begin();
  last().drop();
  let attempts = 1;
  while (!closed().length && attempts < 50) {
    last().drop();
    const before = sockets.length;
    mock.timers.tick(1000);
    attempts += sockets.length - before;
  }
  assert.deepEqual(closed(), [{ type: "closed", code: LOST }]);
  assert.ok(attempts >= 9 && attempts <= 11, `${attempts}`);
});

test("a socket that does not open in time is given up", () => {
  begin();
  last().drop();
  mock.timers.tick(10_000);
  assert.deepEqual(closed(), [{ type: "closed", code: LOST }]);
});

for (const code of [4000, 4001, 4003, 4004, 4008, 4009, 4400, 4426, 4999, 1001]) {
  test(`a socket that closes with ${code} is not resumed`, () => {
    begin();
    last().drop(code);
    assert.deepEqual(events.at(-1), { type: "closed", code });
    assert.equal(sockets.length, 1);
  });
}

test("a page that was too slow resumes", () => {
  begin();
  last().drop(4013);
  assert.equal(sockets.length, 2);
});

const refuse = () => {
  link.open("/talk", "http://home", "socket");
  last().drop();
  last().drop();
};

test("a socket that cannot be opened twice is relayed with the same ticket", () => {
  refuse();
  assert.equal(sockets.length, 2);
  assert.deepEqual(closed(), []);
  const [relay] = relayed;
  assert.equal(relay?.url, "/talk");
  relay?.open();
  assert.deepEqual(relay?.sent, [{ type: "hello", protocol: 1 }]);
  relay?.receive(ready("/resume/1"));
  assert.ok(events[0]?.type === "ready" && events[0].transport === "connection");
});

test("a ticket is still valid when sockets that a proxy holds back are given up", () => {
  link.open("/talk", "http://home", "socket");
  mock.timers.tick(5000);
  mock.timers.tick(5000);
  assert.deepEqual(relayed.map(({ url }) => url), ["/talk"]);
});

test("a relayed talk is resumed over the relay", () => {
  refuse();
  relayed[0]?.open();
  relayed[0]?.receive(ready("/resume/1"));
  relayed[0]?.drop();
  assert.deepEqual([sockets.length, relayed.map(({ url }) => url)], [2, ["/talk", "/resume/1"]]);
  relayed[1]?.open();
  relayed[1]?.receive(ready("/resume/2"));
  assert.ok(events.at(-1)?.type === "ready");
});

test("a relay is used at once where one was needed before", () => {
  link.open("/talk", "http://home", "connection");
  assert.deepEqual([sockets.length, relayed.length], [0, 1]);
});

test("a relay that Home Assistant refuses means that the talk is blocked", () => {
  refuse();
  relayed[0]?.drop(BLOCKED);
  assert.deepEqual(closed(), [{ type: "closed", code: BLOCKED }]);
});

test("a relay without a connection means that Home Assistant is away", () => {
  refuse();
  relayed[0]?.drop();
  assert.deepEqual(closed(), [{ type: "closed", code: LOST }]);
});

const heard = (ms: number) => ({ type: "played", reply: 3, ms }) as const;

test("the last position counts of what is played while the socket is lost", () => {
  begin();
  last().drop();
  // More than the number of other messages that may wait.
  for (let ms = 0; ms < 200; ms++) link.send(heard(ms));
  link.send({ type: "text", text: "hello" });
  last().open();
  last().receive(ready("/resume/2"));
  assert.deepEqual(last().sent.slice(1), [heard(199), { type: "text", text: "hello" }]);
  last().drop();
  last().open();
  last().receive(ready("/resume/3"));
  assert.equal(last().sent.length, 1, "the position is sent once");
});

test("what was played of a lost talk is not for the next one", () => {
  begin();
  last().drop();
  link.send(heard(100));
  last().drop(4004);
  begin();
  assert.equal(last().sent.length, 1);
});

test("a talk that is refused after it opened is not opened again with its path", () => {
  link.open("/talk", "http://home", "socket");
  last().open();
  last().drop(4004);
  assert.deepEqual(closed(), [{ type: "closed", code: 4004 }]);
  assert.equal(sockets.length, 1);
});

test("hanging up says bye, and nothing comes after it", () => {
  begin();
  const socket = last();
  link.close();
  assert.deepEqual(socket.sent.at(-1), { type: "bye" });
  assert.equal(socket.onclose, null);
  mock.timers.tick(60_000);
  assert.equal(sockets.length, 1);
});

test("another talk begins without the numbers of the first", () => {
  begin();
  last().receive({ type: "flush", n: 9, reply: 4 });
  begin();
  last().receive({ type: "phase", n: 1, value: "listening" });
  last().receive(frame(1, 0));
  assert.equal(events.at(-1)?.type, "message");
  assert.deepEqual(played.slice(-2).map(({ type }) => type), ["reset", "audio"]);
});

const pings = (socket = last()) =>
  socket.sent.filter((message): message is { type: "ping"; sent: number } =>
    (message as { type?: string }).type === "ping");
const roundTrips = () => events.flatMap((event) => (event.type === "round_trip" ? [event.ms] : []));
const atTime = (ms: number) => mock.method(performance, "now", () => ms);

test("the way to Home Assistant and back is measured every two seconds", () => {
  atTime(1000);
  begin();
  mock.timers.tick(2000);
  assert.deepEqual(pings(), [{ type: "ping", sent: 1000 }]);
  atTime(1042);
  last().receive({ type: "pong", sent: 1000 });
  assert.deepEqual(roundTrips(), [42]);
  mock.timers.tick(2000);
  assert.equal(pings().length, 2);
});

const wait = (pingCount: number) => {
  for (let i = 0; i < pingCount; i++) mock.timers.tick(2000);
};
const answer = () => last().receive({ type: "pong", sent: pings().at(-1)!.sent });

test("a socket that answers is kept", () => {
  begin();
  for (let i = 0; i < 3; i++) {
    wait(7);
    answer();
  }
  assert.deepEqual(events.filter(({ type }) => type === "lost"), []);
});

test("a socket from which nothing arrives is lost, and resumed", () => {
  begin();
  const silent = last();
  wait(7);
  assert.deepEqual([pings().length, sockets.length], [7, 1]);
  wait(1);
  assert.deepEqual([silent.readyState, events.at(-1)], [3, { type: "lost" }]);
  assert.equal(last().url, "wss://home.example/resume/1");
  last().open();
  last().receive(ready("/resume/2"));
  wait(7);
  assert.equal(sockets.length, 2);
});

const texts = () => last().sent.filter((message) => (message as { type?: string }).type === "text");
const typed = (text: string) => ({ type: "text", text }) as const;
const heardText = (n: number, text: string) => ({ type: "heard", n, id: n, text, final: true });
const resume = (path: string) => {
  last().drop();
  last().open();
  last().receive(ready(path));
};

test("a text that was lost with its socket is sent again, once", () => {
  begin();
  link.send(typed("one"));
  link.send(typed("two"));
  last().receive(heardText(1, "one"));
  resume("/resume/2");
  wait(1);
  link.send(typed("three"));
  assert.deepEqual(texts(), [typed("three")]);
  answer();
  assert.deepEqual(texts(), [typed("three"), typed("two")]);
  wait(1);
  answer();
  assert.equal(texts().length, 2);
  for (const [n, text] of ["two", "three"].entries()) last().receive(heardText(n + 2, text));
  resume("/resume/3");
  wait(1);
  answer();
  assert.deepEqual(texts(), []);
});

test("a text whose confirmation was lost is not sent again", () => {
  begin();
  link.send(typed("open the gate"));
  resume("/resume/2");
  last().receive(heardText(1, "open the gate"));
  wait(1);
  answer();
  assert.deepEqual(texts(), []);
});

test("a text of a lost talk is not for the next one", () => {
  begin();
  link.send(typed("open the gate"));
  last().drop(4004);
  begin();
  wait(1);
  answer();
  assert.deepEqual(texts(), []);
});

test("the way is measured through a relay, too", () => {
  atTime(1000);
  link.open("/talk", "http://home", "connection");
  relayed[0]?.open();
  relayed[0]?.receive(ready("/resume/1"));
  mock.timers.tick(2000);
  assert.equal(pings(relayed[0]).length, 1);
  atTime(1300);
  relayed[0]?.receive({ type: "pong", sent: 1000 });
  assert.deepEqual(roundTrips(), [300]);
});

test("a lost or closed socket is not measured, and a resumed one is", () => {
  begin();
  last().drop();
  last().open();
  mock.timers.tick(4000);
  assert.equal(pings().length, 0);
  last().receive(ready("/resume/2"));
  mock.timers.tick(2000);
  const socket = last();
  assert.equal(pings(socket).length, 1);
  link.close();
  mock.timers.tick(10_000);
  assert.equal(pings(socket).length, 1);
});
