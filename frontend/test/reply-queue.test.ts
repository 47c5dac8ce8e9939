import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplyQueue } from "../src/engine/audio/reply-queue.ts";

const BLOCK = 120; // 5 ms
const PRIMED = 1440; // 60 ms

const ramp = (from: number, count: number) => Int16Array.from({ length: count }, (_, i) => from + i);

const play = (queue: ReplyQueue, blocks = 1) => {
  const heard: number[] = [];
  for (let i = 0; i < blocks; i++) {
    const block = new Float32Array(BLOCK);
    queue.read(block);
    heard.push(...block.map((sample) => sample * 32_768));
  }
  return heard;
};

test("a reply is heard sample for sample", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 2000));
  queue.push(1, 2000, ramp(2001, 400));
  queue.end(1, 100);
  assert.deepEqual(play(queue, 20), [...ramp(1, 2400)]);
  assert.deepEqual(play(queue), [...new Int16Array(BLOCK)]);
  assert.deepEqual(queue.position, { reply: 1, ms: 100 });
  assert.equal(queue.underruns, 0);
});

test("a reply begins when 60 ms of it are there, or all of it", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, PRIMED - 1));
  assert.equal(play(queue)[0], 0);
  queue.push(1, PRIMED - 1, ramp(9, 1));
  assert.equal(play(queue)[0], 1);

  const short = new ReplyQueue();
  short.push(1, 0, ramp(1, 24));
  short.end(1, 1);
  assert.deepEqual(play(short).slice(0, 25), [...ramp(1, 24), 0]);
});

test("after an underrun a reply continues with a longer lead", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, PRIMED));
  play(queue, 13);
  assert.equal(queue.underruns, 1);
  queue.push(1, PRIMED, ramp(1, PRIMED));
  assert.equal(play(queue)[0], 0);
  queue.push(1, 2 * PRIMED, ramp(1, PRIMED));
  assert.equal(play(queue)[0], 1);
  assert.deepEqual(queue.position, { reply: 1, ms: 65 });
});

const MS = 24;

/** Returns for how many milliseconds of audio a reply waits before it begins. */
const leadOf = (queue: ReplyQueue, reply: number) => {
  for (let ms = 0; ms < 1000; ms++) {
    queue.push(reply, ms * MS, ramp(1, MS));
    if (play(queue)[0] !== 0) return ms + 1;
  }
  return NaN;
};

test("the lead grows by the length of a gap, up to a limit", () => {
  for (const [blocks, lead] of [[20, 200], [40, 300], [1000, 400]] as const) {
    const queue = new ReplyQueue();
    queue.push(1, 0, ramp(1, PRIMED));
    play(queue, 13 + blocks);
    queue.end(1, 60);
    play(queue);
    assert.equal(queue.underruns, 1);
    assert.equal(leadOf(queue, 2), lead);
  }
});

test("the lead becomes shorter with each reply without a gap", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, PRIMED));
  play(queue, 33);
  queue.end(1, 60);
  play(queue);
  queue.push(2, 0, ramp(1, 2 * BLOCK));
  queue.end(2, 10);
  play(queue, 3);
  assert.equal(leadOf(queue, 3), 130);
});

test("the next reply follows the first", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 60));
  queue.end(1, 2.5);
  queue.push(2, 0, ramp(1001, 60));
  queue.end(2, 2.5);
  assert.deepEqual(play(queue), [...ramp(1, 60), ...ramp(1001, 60)]);
});

test("a flush drops the reply, what arrives of it later, and nothing of the next one", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 4800));
  play(queue, 4);
  assert.deepEqual(queue.flush(1), { reply: 1, ms: 20 });
  queue.push(1, 4800, ramp(1, 4800));
  queue.end(1, 400);
  assert.deepEqual(play(queue, 2), [...new Int16Array(2 * BLOCK)]);
  queue.push(2, 0, ramp(5, PRIMED));
  assert.equal(play(queue)[0], 5);
  assert.deepEqual(queue.flush(1), { reply: 1, ms: 0 });
  assert.equal(play(queue)[0], 5 + BLOCK);
});

test("a reply that was heard is flushed with its whole length", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 120));
  queue.end(1, 5);
  play(queue, 2);
  assert.deepEqual(queue.flush(1), { reply: 1, ms: 5 });
});

test("everything is flushed by the user, including a reply that has not begun", () => {
  const queue = new ReplyQueue();
  assert.deepEqual(queue.flushAll(), { reply: 0, ms: 0 });
  queue.push(3, 0, ramp(1, 100));
  assert.deepEqual(queue.flushAll(), { reply: 3, ms: 0 });
  queue.push(3, 100, ramp(1, 5000));
  assert.equal(queue.waitingSamples, 0);
});

test("a reply that the page has dropped is flushed where it was heard", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 4800));
  play(queue, 4);
  queue.flushAll();
  assert.deepEqual(queue.flush(1), { reply: 1, ms: 20 });
});

test("samples that arrive again after the talk was resumed are heard once", () => {
  const queue = new ReplyQueue();
  queue.push(1, 0, ramp(1, 100));
  queue.push(1, 0, ramp(1, 100));
  queue.push(1, 50, ramp(51, 100));
  queue.end(1, 6.25);
  assert.deepEqual(play(queue, 2).slice(0, 151), [...ramp(1, 150), 0]);
});

test("samples after a gap are dropped, and so are those beyond the limit", () => {
  const queue = new ReplyQueue();
  queue.push(1, 10, ramp(1, 100));
  assert.equal(queue.dropped, 1);
  for (let second = 0; second < 11; second++) queue.push(1, second * 24_000, ramp(1, 24_000));
  assert.equal(queue.dropped, 2);
  assert.equal(queue.waitingSamples, 240_000);
});

test("the replies of a new talk count from 1 again", () => {
  const queue = new ReplyQueue();
  queue.push(4, 0, ramp(1, PRIMED));
  queue.flush(4);
  queue.reset();
  queue.push(1, 0, ramp(7, PRIMED));
  assert.equal(play(queue)[0], 7);
});
