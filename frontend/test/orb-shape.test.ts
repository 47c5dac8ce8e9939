import assert from "node:assert/strict";
import { test } from "node:test";
import type { Phase } from "../src/engine/phase.ts";
import { orbShape } from "../src/ui/orb-shape.ts";

const shape = (phase: Phase, user = 0, agent = 0, isMuted = false) =>
  orbShape({ phase, user, agent, isMuted });

test("the orb rests while there is no call, and shows a failure", () => {
  for (const phase of ["idle", "ended", "failed"] as const) assert.equal(shape(phase).speed, 0);
  assert.equal(shape("failed").color, "problem");
});

test("the orb waits while something is awaited", () => {
  for (const phase of ["connecting", "reconnecting", "thinking"] as const) {
    assert.ok(shape(phase).isWaiting);
  }
});

test("the orb grows with the user's voice, in the user's color", () => {
  assert.equal(shape("listening").color, "user");
  assert.ok(shape("hearing", 1).radius > shape("hearing", 0.2).radius);
});

test("the orb grows with the agent's voice, in the agent's color", () => {
  assert.equal(shape("speaking").color, "agent");
  assert.ok(shape("speaking", 0, 1).radius > shape("speaking", 0, 0.2).radius);
});

test("the orb rests while the microphone is muted", () => {
  assert.deepEqual(shape("listening", 1, 0, true), shape("listening", 0, 0, true));
  assert.equal(shape("listening", 1, 0, true).speed, 0);
});

test("the outline stays within the space", () => {
  for (const phase of ["speaking", "hearing", "thinking"] as const) {
    assert.ok(shape(phase, 1, 1).radius <= 0.85);
  }
});
