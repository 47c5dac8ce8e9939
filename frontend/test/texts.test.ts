import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { actionName, actionSubjects, actionTarget } from "../src/home/actions.ts";
import { errorText } from "../src/home/errors.ts";
import english from "../src/i18n/en.json";
import { type TextKey, closest } from "../src/i18n/texts.ts";

// Tests are run in the folder of package.json.
const FOLDER = join(process.cwd(), "src/i18n");
const INTEGRATION = join(process.cwd(), "../custom_components/playai");
const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

test("there are the languages of the integration", () => {
  const translations = readdirSync(join(INTEGRATION, "translations"));
  assert.deepEqual(files.sort(), translations.sort());
  for (const name of files) assert.equal(`${closest(name.replace(".json", ""))}.json`, name);
});

for (const name of files) {
  test(`${name} has every text, and no other`, () => {
    const texts = JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as Record<string, string>;
    assert.deepEqual(Object.keys(texts), Object.keys(english));
    for (const [key, text] of Object.entries(texts)) assert.ok(text.trim(), key);
  });
}

test("the closest language is used", () => {
  assert.equal(closest("de-CH"), "de");
  assert.equal(closest("pt-br"), "pt-BR");
  assert.equal(closest("pt-AO"), "pt");
  assert.equal(closest("ja"), "en");
});

const text = (key: TextKey) => english[key];

test("a question names what makes an action risky", () => {
  assert.deepEqual(actionSubjects({ name: "front door" }, ["Front door"]), ["front door"]);
  assert.deepEqual(actionSubjects({ area: "Hall" }, ["Front door"]), ["Hall", "Front door"]);
  assert.deepEqual(actionSubjects({}, ["unlock the door"]), ["unlock the door"]);
  assert.deepEqual(actionSubjects({ name: "lamp" }), ["lamp"]);
});

test("actions are named in words", () => {
  assert.equal(actionName("intent__HassTurnOn", text, null), "Turn on");
  assert.equal(actionName("HassListAddItem", text, null), "List add item");
  assert.equal(actionName("get_weather", text, null), "Get weather");
  assert.equal(actionName("trigger_sentence", text, null), "Run an automation");
});

test("to turn a lock off is to unlock it", () => {
  assert.equal(actionName("HassTurnOff", text, "lock"), "Unlock");
  assert.equal(actionName("HassTurnOn", text, "cover"), "Open");
  assert.equal(actionName("HassTurnOff", text, "light"), "Turn off");
});

test("the target of an action is its name, area or domain", () => {
  assert.equal(actionTarget({ area: "Kitchen", domain: ["light"] }), "Kitchen");
  assert.equal(actionTarget({ domain: ["light", "switch"] }), "light, switch");
  assert.equal(actionTarget({ brightness: 5 }), "");
});

test("every kind of error has a text", () => {
  assert.equal(errorText("invalid_key", english), "error_key");
  assert.equal(errorText("permission", english), "error_permission");
  assert.equal(errorText("a new kind", english), "error_agent_failed");
});
