import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../src/engine/protocol.ts";
import {
  type AgentSaying,
  EMPTY,
  KEPT_SAYINGS,
  MAX_SAYINGS,
  type Transcript,
  addMessage,
  addPlayed,
  asText,
  isOpenQuestion,
  newTalk,
  revealed,
  unheard,
} from "../src/engine/transcript.ts";

type Body<T> = T extends unknown ? Omit<T, "n"> : never;
const add = (transcript: Transcript, ...bodies: Body<Message>[]) =>
  bodies.reduce((all, body) => addMessage(all, { ...body, n: 1 } as Message), transcript);
const last = ({ sayings }: Transcript) => sayings.at(-1) as AgentSaying;

const SPOKEN: Body<Message>[] = [
  { type: "reply", id: 1, turn: 1 },
  { type: "said", reply: 1, at_ms: 0, text: "It is late." },
  { type: "said", reply: 1, at_ms: 1000, text: " Good night to you." },
];

test("words of the user replace earlier ones of their turn", () => {
  const transcript = add(
    EMPTY,
    { type: "heard", id: 1, text: "Turn", final: false },
    { type: "heard", id: 1, text: "Turn on", final: true },
    { type: "heard", id: 2, text: "Off", final: true },
  );
  assert.deepEqual(
    transcript.sayings.map((each) => each.kind === "user" && [each.text, each.isFinal]),
    [["Turn on", true], ["Off", true]],
  );
});

test("words of a turn that was a noise go away", () => {
  const transcript = add(
    EMPTY,
    { type: "heard", id: 1, text: "Hello.", final: true },
    { type: "heard", id: 2, text: "Hm", final: false },
    { type: "heard", id: 2, text: "", final: true },
  );
  assert.deepEqual(transcript.sayings.map(({ key }) => key), ["0:turn:1"]);
});

test("words that come late are shown above their answer", () => {
  const late: Body<Message> = { type: "heard", id: 1, text: "What time is it?", final: true };
  let transcript = add(newTalk(add(EMPTY, ...SPOKEN)), ...SPOKEN, late);
  const order = ["0:reply:1", "1:break:talk", "1:turn:1", "1:reply:1"];
  assert.deepEqual(transcript.sayings.map(({ key }) => key), order);
  transcript = add(transcript, { type: "heard", id: 2, text: "Thanks.", final: true });
  assert.deepEqual(transcript.sayings.map(({ key }) => key), [...order, "1:turn:2"]);
});

test("words of a reply are revealed when they are spoken", () => {
  let transcript = add(EMPTY, ...SPOKEN);
  assert.equal(revealed(last(transcript)), "");
  transcript = addPlayed(transcript, 1, 400);
  assert.equal(revealed(last(transcript)), "It is");
  transcript = addPlayed(transcript, 1, 1000);
  assert.equal(revealed(last(transcript)), "It is late.");
  transcript = add(transcript, { type: "reply_end", reply: 1, ms: 2000 });
  transcript = addPlayed(transcript, 1, 1500);
  assert.equal(revealed(last(transcript)), "It is late. Good night");
  assert.equal(revealed(last(addPlayed(transcript, 1, 2000))), "It is late. Good night to you.");
});

test("words with the same position are revealed one after the other", () => {
  let transcript = add(
    EMPTY,
    { type: "reply", id: 1, turn: 1 },
    { type: "said", reply: 1, at_ms: 0, text: "One two" },
    { type: "said", reply: 1, at_ms: 0, text: " three four" },
    { type: "reply_end", reply: 1, ms: 1000 },
  );
  transcript = addPlayed(transcript, 1, 100);
  assert.equal(revealed(last(transcript)), "One");
});

test("the position never moves back", () => {
  const transcript = addPlayed(add(EMPTY, ...SPOKEN), 1, 1000);
  assert.equal(addPlayed(transcript, 1, 500), transcript);
  assert.equal(addPlayed(transcript, 9, 500), transcript);
});

test("an interrupted reply is cut where it was heard", () => {
  let transcript = addPlayed(add(EMPTY, ...SPOKEN), 1, 1200);
  transcript = add(transcript, { type: "interrupted", reply: 1, ms: 1100, text: "It is late. Good" });
  assert.equal(revealed(last(transcript)), "It is late. Good");
  assert.equal(unheard(last(transcript)), " night to you.");
  assert.equal(addPlayed(transcript, 1, 5000), transcript);
});

test("an answer without audio is shown at once", () => {
  const transcript = add(EMPTY, ...SPOKEN, { type: "reply_end", reply: 1, ms: 0 });
  assert.equal(revealed(last(transcript)), "It is late. Good night to you.");
});

test("an action of the home changes its state in place", () => {
  const called = { id: "a", name: "HassTurnOn", domain: "light", arguments: { name: "lamp" } };
  const tool = { type: "tool", ...called } as const;
  const transcript = add(EMPTY, { ...tool, status: "running" }, { ...tool, status: "done" });
  assert.deepEqual(
    transcript.sayings.map((each) => each.kind === "tool" && each.status),
    ["done"],
  );
});

test("a question is decided once", () => {
  let transcript = add(EMPTY, {
    type: "confirm",
    id: "a",
    name: "HassLock",
    domain: "lock",
    arguments: {},
    risks: ["Front door"],
    seconds: 20,
  });
  transcript = add(transcript, { type: "confirmed", id: "a", allow: false });
  assert.deepEqual(
    transcript.sayings.map((each) => each.kind === "confirm" && each.allow),
    [false],
  );
  assert.equal(add(transcript, { type: "confirmed", id: "b", allow: true }), transcript);
  assert.deepEqual(
    transcript.sayings.map((each) => each.kind === "confirm" && each.risks),
    [["Front door"]],
  );
});

test("a new talk keeps what was said and does not mix ids", () => {
  let transcript = newTalk(addPlayed(add(EMPTY, ...SPOKEN), 1, 1000));
  assert.equal((transcript.sayings[0] as AgentSaying).heard, "It is late.");
  transcript = add(transcript, ...SPOKEN);
  assert.deepEqual(
    transcript.sayings.map(({ kind }) => kind),
    ["agent", "break", "agent"],
  );
  assert.equal(revealed(last(transcript)), "");
  assert.equal(revealed(transcript.sayings[0] as AgentSaying), "It is late.");
});

test("new talks and conversations are separated once, and not at the beginning", () => {
  const restart = { type: "restarted", conversation_id: "2" } as const;
  assert.deepEqual(newTalk(add(EMPTY, restart)).sayings, []);
  const transcript = newTalk(add(add(EMPTY, ...SPOKEN), restart, restart));
  assert.deepEqual(
    transcript.sayings.map(({ kind }) => kind),
    ["agent", "break"],
  );
});

test("the number of sayings is limited", () => {
  let transcript = EMPTY;
  const lengths = [];
  for (let id = 1; id <= MAX_SAYINGS + 5; id++) {
    transcript = add(transcript, { type: "heard", id, text: `${id}`, final: true });
    lengths.push(transcript.sayings.length);
  }
  assert.equal(Math.max(...lengths), MAX_SAYINGS);
  assert.equal(transcript.sayings.length, KEPT_SAYINGS + 4);
  assert.equal((transcript.sayings.at(-1) as { text: string }).text, `${MAX_SAYINGS + 5}`);
});

test("the conversation is copied as text, cut where it was cut", () => {
  let transcript = add(EMPTY, { type: "heard", id: 1, text: "Hello", final: true }, ...SPOKEN);
  transcript = add(transcript, { type: "interrupted", reply: 1, ms: 9, text: "It is" });
  assert.equal(asText(transcript, "You", "Agent"), "You: Hello\nAgent: It is");
});

test("a question is open until it is decided", () => {
  const call = { id: "a", name: "HassTurnOff", domain: null, arguments: {} };
  const open = add(EMPTY, { type: "confirm", ...call, seconds: 10 });
  assert.deepEqual(open.sayings.map(isOpenQuestion), [true]);
  const decided = add(open, { type: "confirmed", id: "a", allow: false });
  assert.deepEqual(decided.sayings.map(isOpenQuestion), [false]);
});
