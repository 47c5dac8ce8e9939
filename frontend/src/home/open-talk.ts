// Opens a talk over Home Assistant's own connection.

import { type Opening, OpeningError } from "../engine/opening.ts";
import { closest } from "../i18n/texts.ts";
import type { Hass } from "./hass.ts";
import { relayOf } from "./relay.ts";

export interface Place {
  agent: string;
  areaId?: string;
}

const KEYS: ReadonlySet<string> = new Set([
  "unauthorized",
  "not_found",
  "not_ready",
  "too_many_talks",
  "unknown_place",
]);

const keyOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== "string") return "home_away";
  if (code === "unknown_command") return "not_ready";
  return KEYS.has(code) ? code : "internal";
};

const base = (language: string): string => language.split("-")[0]!.toLowerCase();

/** The user's language if the agent knows it, or else a language of the agent. */
export const chooseLanguage = (wanted: string, known: readonly string[]): string => {
  const isKnown = known.some((each) => each === "*" || base(each) === base(wanted));
  return isKnown ? wanted : (known[0] ?? wanted);
};

const findLanguage = async (hass: Hass, agent: string): Promise<string> => {
  const { agents } = await hass.callWS<{ agents: { entity_id: string; languages: string[] }[] }>({
    type: "playai/talk/agents",
  });
  const found = agents.find(({ entity_id: id }) => id === agent);
  return chooseLanguage(hass.locale.language, found?.languages ?? []);
};

/** Returns the name of a language, in the language of the user's texts. */
const nameLanguage = (language: string, user: string): string => {
  try {
    const names = new Intl.DisplayNames([closest(user)], { type: "language" });
    return names.of(base(language)) ?? language;
  } catch {
    return language; // The agent's tag is malformed.
  }
};

export const openTalk = async (hass: Hass, { agent, areaId }: Place): Promise<Opening> => {
  try {
    const wanted = hass.locale.language;
    const language = await findLanguage(hass, agent);
    const { protocol, path } = await hass.callWS<{ protocol: number; path: string }>({
      type: "playai/talk/open",
      agent,
      language,
      ...(areaId && { area_id: areaId }),
    });
    return {
      protocol,
      path,
      base: new URL(hass.hassUrl(), location.href).href,
      relay: relayOf(hass.connection),
      ...(language !== wanted && { otherLanguage: nameLanguage(language, wanted) }),
    };
  } catch (error) {
    throw new OpeningError(keyOf(error));
  }
};
