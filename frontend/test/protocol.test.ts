import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeMessage, decodeReply, encodeMicrophone } from "../src/engine/protocol.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex")).buffer;

test("a frame of the microphone has a kind and a number", () => {
  const frame = encodeMicrophone(0x1234, Uint8Array.of(0xff, 0x00));
  assert.equal(Buffer.from(frame).toString("hex"), "01003412ff00");
});

test("a frame of a reply has its number, offset and samples", () => {
  const frame = decodeReply(hex("02 00 0201 00000100 0100 ffff 0080"));
  assert.deepEqual(frame, {
    reply: 0x0102,
    offset: 0x10000,
    samples: Int16Array.of(1, -1, -32_768),
  });
});

test("frames of another kind, too short, or of half a sample are dropped", () => {
  for (const frame of ["", "02", "03 00 0100 00000000 0100", "02 00 0100 00000000 01"]) {
    assert.equal(decodeReply(hex(frame)), undefined);
  }
});

test("a message is an object with a type", () => {
  assert.deepEqual(decodeMessage('{"type": "flush", "n": 1, "reply": 2}'), {
    type: "flush",
    n: 1,
    reply: 2,
  });
  for (const text of ["", "[", "null", "7", '"type"', "{}"]) {
    assert.equal(decodeMessage(text), undefined);
  }
});
