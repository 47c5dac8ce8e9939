// Opens a talk over Home Assistant's own connection.

import { type Opening, OpeningError } from "../engine/call.ts";
import type { Hass } from "./hass.ts";

export interface Place {
  agent: string;
  areaId?: string;
}

const KEYS: ReadonlySet<string> = new Set([
  "unauthorized",
  "not_found",
  "not_ready",
  "too_many_talks",
]);

const keyOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== "string") return "home_away";
  if (code === "unknown_command") return "not_ready";
  return KEYS.has(code) ? code : "internal";
};

export const openTalk = async (hass: Hass, { agent, areaId }: Place): Promise<Opening> => {
  try {
    const { protocol, path } = await hass.callWS<{ protocol: number; path: string }>({
      type: "playai/talk/open",
      agent,
      language: hass.locale.language,
      ...(areaId && { area_id: areaId }),
    });
    return { protocol, path, base: new URL(hass.hassUrl(), location.href).href };
  } catch (error) {
    throw new OpeningError(keyOf(error));
  }
};
