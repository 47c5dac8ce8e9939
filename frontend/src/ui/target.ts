// Which agent a view talks with, and how.

import type { Call } from "../engine/call.ts";
import { calls } from "../engine/calls.ts";
import { type Mode, OpeningError } from "../engine/opening.ts";
import { getHass } from "../home/current.ts";
import { openTalk } from "../home/open-talk.ts";
import { readPreferences } from "./preferences.ts";

export interface Target {
  agent: string;
  name: string;
  areaId?: string | undefined;
  mode: Mode;
}

export const startCall = (target: Target, options?: { microphone: boolean }): Call =>
  calls.start(
    target.agent,
    {
      areaId: target.areaId,
      open: () => {
        const hass = getHass();
        if (!hass || !target.agent) throw new OpeningError(hass ? "no_agent" : "home_away");
        return openTalk(hass, target);
      },
      settings: { ...readPreferences(), mode: target.mode },
    },
    options,
  );
