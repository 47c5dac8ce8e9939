// Names of the agent's actions in the home.

import type { Arguments } from "../engine/protocol.ts";
import type { TextKey } from "../i18n/texts.ts";

const KNOWN: Readonly<Record<string, TextKey>> = {
  HassTurnOn: "tool_on",
  HassTurnOff: "tool_off",
  HassLightSet: "tool_set",
  HassSetPosition: "tool_set",
  HassClimateSetTemperature: "tool_set",
  HassSetVolume: "tool_set",
  HassGetState: "tool_get",
  GetLiveContext: "tool_get",
  // An automation with a sentence trigger.
  trigger_sentence: "tool_automation",
};

/** To turn a lock off is to unlock it. */
const OF_DOMAIN: Readonly<Record<string, Readonly<Record<string, TextKey>>>> = {
  lock: { HassTurnOn: "tool_lock", HassTurnOff: "tool_unlock" },
  cover: { HassTurnOn: "tool_open", HassTurnOff: "tool_close" },
};

/** Tools are named `domain__Name`; an unknown name is split into words. */
export const actionName = (
  tool: string,
  text: (key: TextKey) => string,
  domain: string | null,
): string => {
  const name = tool.split("__").at(-1) ?? tool;
  const ofDomain = domain !== null && Object.hasOwn(OF_DOMAIN, domain) && OF_DOMAIN[domain];
  const known = { ...KNOWN, ...ofDomain };
  const key = Object.hasOwn(known, name) ? known[name] : undefined;
  if (key) return text(key);
  const words = name.replace(/^Hass/, "").replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
};

/** The target of an action. */
export const actionTarget = (given: Arguments): string => {
  for (const key of ["name", "area", "floor", "item", "domain"]) {
    const value = given[key];
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (typeof text === "string" && text) return text;
  }
  return "";
};

/** The target of an action, and the risky entities and sentences that it is about as well. */
export const actionSubjects = (given: Arguments, risks: readonly string[] = []): string[] => {
  const target = actionTarget(given);
  const isOther = (risk: string) => risk.toLowerCase() !== target.toLowerCase();
  return [target, ...risks.filter(isOther)].filter(Boolean);
};
