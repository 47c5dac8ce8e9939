import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  type Relay,
  RelayHost,
  type RelayListener,
  RelayedSockets,
} from "../src/engine/transport/relay.ts";
import type { HomeConnection } from "../src/home/hass.ts";
import { HomeRelay } from "../src/home/relay.ts";

Object.assign(globalThis, { WebSocket: { OPEN: 1, CLOSING: 2, CLOSED: 3 } });

// The worker and its page.

let waiting: number;
let asked: unknown[];
let listeners: RelayListener[];
let sockets: RelayedSockets;
let host: RelayHost;

const relay: Relay = {
  open(path, listener) {
    listeners.push(listener);
    asked.push(["open", path]);
    return {
      send(data) {
        asked.push(["send", data]);
        return waiting;
      },
      close: () => asked.push(["close"]),
    };
  },
};

const opened = (path = "/talk") => {
  const events: unknown[] = [];
  const socket = sockets.open(path);
  socket.onopen = () => events.push("open");
  socket.onmessage = ({ data }) => events.push(data);
  socket.onclose = ({ code }) => events.push(code);
  return { socket, events };
};

beforeEach(() => {
  waiting = 0;
  asked = [];
  listeners = [];
  sockets = new RelayedSockets((request) => host.handle(request));
  host = new RelayHost((report) => sockets.handle(report));
  host.relay = relay;
});

test("a relayed socket opens, and passes on what comes and goes", () => {
  const { socket, events } = opened();
  socket.send("too early");
  listeners[0]!.opened();
  socket.send("hello");
  listeners[0]!.received("ready");
  socket.close();
  listeners[0]!.received("late");
  assert.deepEqual(asked, [["open", "/talk"], ["send", "hello"], ["close"]]);
  assert.deepEqual(events, ["open", "ready"]);
});

test("a relayed socket that is lost has a code", () => {
  const { socket, events } = opened();
  listeners[0]!.closed(4004);
  socket.close();
  assert.deepEqual([events, asked.length], [[4004], 1]);
});

test("what waits in the page, or in its connection, is buffered", () => {
  const { socket } = opened();
  listeners[0]!.opened();
  waiting = 900;
  socket.send(new Uint8Array(100));
  assert.equal(socket.bufferedAmount, 900);
  host = new RelayHost(() => undefined); // The page is busy.
  socket.send(new Uint8Array(100));
  assert.equal(socket.bufferedAmount, 1000);
});

test("an earlier socket is closed, and not heard any more", () => {
  const first = opened("/1");
  const second = opened("/2");
  listeners[0]!.opened();
  listeners[1]!.opened();
  assert.deepEqual([first.events, second.events], [[], ["open"]]);
  assert.deepEqual(asked, [["open", "/1"], ["close"], ["open", "/2"]]);
});

test("without a relay a socket is lost", () => {
  host.relay = undefined;
  const socket = sockets.open("/talk");
  assert.equal(socket.readyState, 3);
});

// Home Assistant's connection.

class Connection implements HomeConnection {
  connected = true;
  sent: number[][] = [];
  commands: string[] = [];
  fails = false;
  disconnected?: () => void;
  receive: (event: unknown) => void = () => undefined;
  socket = {
    readyState: 1,
    bufferedAmount: 7,
    send: (data: Uint8Array) => this.sent.push([...data]),
  } as unknown as WebSocket;

  async subscribeMessage<T>(
    callback: (event: T) => void,
    { type }: { type: string },
    { resubscribe }: { resubscribe: boolean },
  ) {
    assert.equal(resubscribe, false);
    this.commands.push(type);
    if (this.fails) throw new Error("unknown command");
    this.receive = callback as (event: unknown) => void;
  }

  addEventListener(_: string, listener: () => void) {
    this.disconnected = listener;
  }
}

const settle = () => new Promise((resolve) => setTimeout(resolve));
const bytes = (text: string) => [...new TextEncoder().encode(text)];

const connect = async () => {
  const connection = new Connection();
  const home = new HomeRelay(connection);
  const events: unknown[] = [];
  const listener: RelayListener = {
    opened: () => events.push("open"),
    received: (data) => events.push(typeof data === "string" ? data : [...new Uint8Array(data)]),
    closed: (code) => events.push(code),
  };
  const channel = home.open("/t", listener);
  await settle();
  return { connection, home, events, listener, channel };
};

test("sockets are opened with the handler of the page, which it keeps", async () => {
  const { connection, home, listener, channel } = await connect();
  assert.deepEqual(connection.sent, []);
  connection.receive({ handler: 9 });
  channel.close();
  home.open("/u", listener);
  assert.deepEqual(connection.sent, [[9, 1, 0, ...bytes("/t")], [9, 1, 3], [9, 2, 0, ...bytes("/u")]]);
  assert.deepEqual(connection.commands, ["playai/talk/connect"]);
});

test("texts and data go both ways", async () => {
  const { connection, events, channel } = await connect();
  connection.receive({ handler: 2 });
  connection.receive({ socket: 1, open: true });
  assert.equal(channel.send("hi"), 7);
  channel.send(Uint8Array.of(1, 255));
  connection.receive({ socket: 1, text: "ready" });
  connection.receive({ socket: 1, data: "AP8=" });
  connection.receive({ socket: 3, text: "of another socket" });
  assert.deepEqual(connection.sent.slice(1), [[2, 1, 1, ...bytes("hi")], [2, 1, 2, 1, 255]]);
  assert.deepEqual(events, ["open", "ready", [0, 255]]);
});

test("events are acknowledged", async () => {
  const { connection } = await connect();
  connection.receive({ handler: 2 });
  for (let i = 0; i < 300; i++) connection.receive({ socket: 1, text: "" });
  const acknowledged = connection.sent.filter(([, , operation]) => operation === 4);
  assert.equal(acknowledged.length, 18);
  assert.deepEqual(acknowledged.at(-1), [2, 0, 4, 288 & 255, 288 >> 8, 0, 0]);
});

test("a socket that Home Assistant closes is closed once", async () => {
  const { connection, events, channel } = await connect();
  connection.receive({ handler: 2 });
  connection.receive({ socket: 1, close: 4000 });
  channel.close();
  assert.deepEqual([events, connection.sent.length], [[4000], 1]);
});

test("a lost connection loses its sockets; the next one has another handler", async () => {
  const { connection, home, events, listener } = await connect();
  connection.receive({ handler: 2 });
  connection.connected = false;
  connection.disconnected!();
  home.open("/u", listener);
  await settle();
  assert.deepEqual(events, [1006, 1006]);
  connection.connected = true;
  const channel = home.open("/v", listener);
  channel.send("dropped");
  await settle();
  connection.receive({ handler: 5 });
  assert.deepEqual(connection.sent.slice(1), [[5, 3, 0, ...bytes("/v")]]);
  assert.equal(connection.commands.length, 2);
});

test("a command that Home Assistant does not know yet after a restart is sent again", async () => {
  const { connection, home, events, listener } = await connect();
  connection.receive({ handler: 2 });
  connection.disconnected!();
  connection.fails = true;
  home.open("/u", listener);
  await settle();
  connection.fails = false;
  home.open("/v", listener);
  await settle();
  connection.receive({ handler: 5 });
  assert.deepEqual(connection.sent.slice(1), [[5, 3, 0, ...bytes("/v")]]);
  assert.equal(connection.commands.length, 3);
  assert.deepEqual(events, [1006, 1]);
});

test("a command that Home Assistant refuses blocks the talk", async () => {
  const connection = new Connection();
  connection.fails = true;
  const codes: number[] = [];
  const listener = { opened() {}, received() {}, closed: (code: number) => codes.push(code) };
  new HomeRelay(connection).open("/t", listener);
  await settle();
  assert.deepEqual(codes, [1]);
});
