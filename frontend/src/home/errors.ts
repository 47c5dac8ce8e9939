// The texts of errors, by the keys of the talk protocol.

import type { TextKey } from "../i18n/texts.ts";

const ALIASES: Readonly<Record<string, TextKey>> = {
  invalid_key: "error_key",
  key_not_allowed: "error_key",
  unknown_agent: "error_not_found",
  too_many_connections: "error_busy",
  cannot_connect: "error_agent_away",
  connection_lost: "error_agent_away",
  not_this_server: "error_agent_away",
  not_encrypted: "error_agent_away",
  tls: "error_agent_away",
  agent_hung_up: "ended_agent",
};

export const errorText = (key: string, texts: Partial<Record<string, string>>): TextKey => {
  const alias = Object.hasOwn(ALIASES, key) ? ALIASES[key] : undefined;
  if (alias) return alias;
  const own = `error_${key}`;
  return (own in texts ? own : "error_agent_failed") as TextKey;
};
