// Names of what the agent does in the home.

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
};

/** Tools are named `domain__Name`; words of others are separated. */
export const actionName = (tool: string, text: (key: TextKey) => string): string => {
  const name = tool.split("__").at(-1) ?? tool;
  const key = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  if (key) return text(key);
  const words = name.replace(/^Hass/, "").replace(/([a-z])([A-Z])/g, "$1 $2").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1).toLowerCase();
};

/** What the action is about. */
export const actionTarget = (given: Arguments): string => {
  for (const key of ["name", "area", "floor", "item", "domain"]) {
    const value = given[key];
    const text = Array.isArray(value) ? value.join(", ") : value;
    if (typeof text === "string" && text) return text;
  }
  return "";
};
