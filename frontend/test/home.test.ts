import assert from "node:assert/strict";
import { test } from "node:test";
import { OpeningError } from "../src/engine/opening.ts";
import type { Hass } from "../src/home/hass.ts";
import { chooseLanguage, openTalk } from "../src/home/open-talk.ts";
import { relayOf } from "../src/home/relay.ts";

Object.assign(globalThis, { location: { href: "https://home.example/lovelace" } });

const home = (
  open: (message: Record<string, unknown>) => unknown,
  user = "de",
  agentLanguage = "en",
) =>
  ({
    locale: { language: user },
    hassUrl: () => "/",
    connection: { addEventListener: () => undefined },
    callWS: async (message: Record<string, unknown>) =>
      message["type"] === "playai/talk/agents"
        ? { agents: [{ entity_id: "conversation.a", languages: [agentLanguage] }] }
        : open(message),
  }) as unknown as Hass;

test("the user's language is used if the agent knows it", () => {
  assert.equal(chooseLanguage("de-CH", ["en", "de"]), "de-CH");
  assert.equal(chooseLanguage("he", ["*"]), "he");
  assert.equal(chooseLanguage("he", ["en-US", "de"]), "en-US");
  assert.equal(chooseLanguage("he", []), "he");
});

test("a talk is opened with the agent, its area and a language", async () => {
  let sent: unknown;
  const hass = home((message) => {
    sent = message;
    return { protocol: 1, path: "/api/x" };
  });
  const opening = await openTalk(hass, { agent: "conversation.a", areaId: "kitchen" });
  const { relay, ...rest } = opening;
  assert.deepEqual(rest, {
    protocol: 1,
    path: "/api/x",
    base: "https://home.example/",
    otherLanguage: "Englisch",
  });
  assert.equal(relay, relayOf(hass.connection));
  assert.deepEqual(sent, {
    type: "playai/talk/open",
    agent: "conversation.a",
    area_id: "kitchen",
    language: "en",
  });
});

for (const [user, agent, name] of [
  ["en-GB", "en", undefined],
  ["he", "*", undefined],
  ["fr", "en-US", "anglais"],
  ["ja", "de", "German"],
  ["de", "not a tag", "not a tag"],
] as const) {
  test(`with ${user}, an agent of ${agent} speaks another language: ${name}`, async () => {
    const hass = home(() => ({ protocol: 1, path: "/api/x" }), user, agent);
    const { otherLanguage } = await openTalk(hass, { agent: "conversation.a" });
    assert.equal(otherLanguage, name);
  });
}

for (const [error, key] of [
  [{ code: "too_many_talks" }, "too_many_talks"],
  [{ code: "unknown_place" }, "unknown_place"],
  [{ code: "unknown_command" }, "not_ready"],
  [{ code: "invalid_format" }, "internal"],
  [3, "home_away"],
  [new Error("closed"), "home_away"],
] as const) {
  test(`a talk that cannot be opened has the reason ${key} (${JSON.stringify(error)})`, async () => {
    const hass = home(() => {
      throw error;
    });
    await assert.rejects(openTalk(hass, { agent: "conversation.a" }), (raised: OpeningError) => {
      assert.equal(raised.key, key);
      return true;
    });
  });
}
