// Names of the agent's actions in the home.

import type { Arguments } from "../engine/protocol.ts";
import type { TextKey } from "../i18n/texts.ts";
import type { Hass } from "./hass.ts";

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
  domain = "",
): string => {
  const name = tool.split("__").at(-1) ?? tool;
  const known = { ...KNOWN, ...(Object.hasOwn(OF_DOMAIN, domain) && OF_DOMAIN[domain]) };
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

/** The domain of the target, if it is given or follows from the name; otherwise "". */
export const actionDomain = (given: Arguments, states: Hass["states"] = {}): string => {
  const domains = [given["domain"]].flat();
  if (domains.length === 1 && typeof domains[0] === "string") return domains[0];
  const name = String(given["name"] ?? "").toLowerCase();
  const isNamed = ([, state]: [string, Hass["states"][string]]) =>
    String(state?.attributes["friendly_name"] ?? "").toLowerCase() === name;
  const [entityId = ""] = (name && Object.entries(states).find(isNamed)) || [];
  return entityId.split(".")[0]!;
};
