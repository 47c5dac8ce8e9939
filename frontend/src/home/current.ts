// The newest `hass`. A call outlives the elements that get one.

import type { Hass } from "./hass.ts";

let current: Hass | undefined;

export const setHass = (hass: Hass): void => {
  current = hass;
};

export const getHass = (): Hass | undefined => current;
