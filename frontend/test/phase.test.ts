import assert from "node:assert/strict";
import { test } from "node:test";
import { IDLE, type PhaseEvent, isLive, nextPhase } from "../src/engine/phase.ts";

const after = (...events: PhaseEvent[]) => events.reduce(nextPhase, IDLE);
const START: PhaseEvent = { type: "start" };
const SPEAKING: PhaseEvent = { type: "phase", value: "speaking" };

test("a call connects, then follows the phases of the agent", () => {
  assert.equal(IDLE.phase, "idle");
  assert.equal(after(START).phase, "connecting");
  assert.equal(after(START, { type: "phase", value: "listening" }).phase, "listening");
  assert.equal(after(START, SPEAKING).phase, "speaking");
});

test("a talk that is resumed returns to its phase", () => {
  const lost = after(START, SPEAKING, { type: "lost" });
  assert.equal(lost.phase, "reconnecting");
  assert.equal(nextPhase(lost, { type: "resumed" }).phase, "speaking");
});

test("phases that arrive while the talk is resumed wait for the end of that", () => {
  const lost = after(START, SPEAKING, { type: "lost" }, { type: "phase", value: "listening" });
  assert.equal(lost.phase, "reconnecting");
  assert.equal(nextPhase(lost, { type: "resumed" }).phase, "listening");
});

test("a call that is over stays over until it starts again", () => {
  const ended = after(START, { type: "end", reason: "idle" });
  assert.deepEqual([ended.phase, ended.reason], ["ended", "idle"]);
  const failed = after(START, { type: "fail", key: "permission" });
  assert.deepEqual([failed.phase, failed.reason], ["failed", "permission"]);
  for (const state of [IDLE, ended, failed]) {
    assert.equal(isLive(state.phase), false);
    for (const late of [SPEAKING, { type: "lost" }, { type: "resumed" }] as PhaseEvent[]) {
      assert.equal(nextPhase(state, late), state);
    }
    assert.equal(nextPhase(state, { type: "end", reason: "bye" }), state);
    assert.deepEqual(nextPhase(state, START), { ...IDLE, phase: "connecting" });
  }
});
