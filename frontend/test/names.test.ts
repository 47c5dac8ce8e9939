import assert from "node:assert/strict";
import { test } from "node:test";
import { actionName } from "../src/home/actions.ts";
import { errorText } from "../src/home/errors.ts";

const INHERITED = ["constructor", "toString", "__proto__", "valueOf"];

test("tools with names that every object has are shown with their own name", () => {
  for (const name of INHERITED) {
    assert.notEqual(actionName(name, () => "a known action", name), "a known action");
  }
});

test("errors with keys that every object has are unknown", () => {
  for (const key of INHERITED) assert.equal(errorText(key, {}), "error_agent_failed");
});
