// Captions of both sides: messages in, list of sayings out.

import type { Arguments, Message } from "./protocol.ts";

export interface UserSaying {
  kind: "user";
  key: string;
  text: string;
  isFinal: boolean;
}

export interface AgentSaying {
  kind: "agent";
  key: string;
  reply: number;
  /** The turn of the user that it answers, 0 if none. */
  turn: number;
  parts: { atMs: number; text: string }[];
  /** The length of the audio, once it is known. */
  totalMs?: number;
  playedMs: number;
  /** The words that were heard, once the reply was interrupted. */
  heard?: string;
}

export interface ToolSaying {
  kind: "tool";
  key: string;
  id: string;
  name: string;
  /** The domain of all entities that it changes, if it is one. */
  domain: string | null;
  arguments: Arguments;
  status: "running" | "done" | "failed";
  result?: string;
}

export interface ConfirmSaying {
  kind: "confirm";
  key: string;
  id: string;
  name: string;
  /** The domain of all entities that it changes, if it is one. */
  domain: string | null;
  arguments: Arguments;
  /** The risky entities and sentences that it is about. */
  risks: readonly string[];
  allow?: boolean;
}

/** The agent has forgotten the earlier sayings. */
export interface BreakSaying {
  kind: "break";
  key: string;
}

export type Saying = UserSaying | AgentSaying | ToolSaying | ConfirmSaying | BreakSaying;

export interface Transcript {
  /** The number of the talk in the call: each talk counts its ids from 1. */
  talk: number;
  sayings: readonly Saying[];
}

export const EMPTY: Transcript = { talk: 0, sayings: [] };

/** Older sayings are dropped, many at once, because a drop moves all others on the screen. */
export const MAX_SAYINGS = 200;
export const KEPT_SAYINGS = 150;

/** The pace of words whose position in the audio is not known yet. */
const MS_PER_CHARACTER = 65;

/** Replaces the saying with the same key. A new one is added in front of `next`, or at the end. */
const put = (transcript: Transcript, saying: Saying, next?: Saying): Transcript => {
  const sayings = [...transcript.sayings];
  const index = sayings.findIndex((each) => each.key === saying.key);
  if (index >= 0) sayings[index] = saying;
  else sayings.splice(next ? sayings.indexOf(next) : sayings.length, 0, saying);
  const isFull = sayings.length > MAX_SAYINGS;
  return { ...transcript, sayings: isFull ? sayings.slice(-KEPT_SAYINGS) : sayings };
};

const find = (transcript: Transcript, key: string): Saying | undefined =>
  transcript.sayings.find((each) => each.key === key);

const changeReply = (
  transcript: Transcript,
  reply: number,
  change: (saying: AgentSaying) => Partial<AgentSaying>,
): Transcript => {
  const saying = find(transcript, `${transcript.talk}:reply:${reply}`);
  return saying?.kind === "agent" ? put(transcript, { ...saying, ...change(saying) }) : transcript;
};

/** Shown even without captions: nothing is done until the user answers. */
export const isOpenQuestion = (saying: Saying): boolean =>
  saying.kind === "confirm" && saying.allow === undefined;

/** A new talk of the same call begins. Open sayings can no longer change. */
export const newTalk = (transcript: Transcript): Transcript =>
  addBreak({
    talk: transcript.talk + 1,
    sayings: transcript.sayings
      .filter((each) => !isOpenQuestion(each))
      .map((each) => {
        if (each.kind === "tool" && each.status === "running") return { ...each, status: "failed" };
        if (each.kind === "user") return { ...each, isFinal: true };
        const isCut = each.kind === "agent" && each.heard === undefined && !isHeard(each);
        return isCut ? { ...each, heard: revealed(each) } : each;
      }),
  });

const addBreak = (transcript: Transcript, id = "talk"): Transcript => {
  const last = transcript.sayings.at(-1);
  if (!last || last.kind === "break") return transcript;
  return put(transcript, { kind: "break", key: `${transcript.talk}:break:${id}` });
};

export const addMessage = (transcript: Transcript, message: Message): Transcript => {
  const { talk } = transcript;
  switch (message.type) {
    case "heard": {
      const { id, text, final } = message;
      const key = `${talk}:turn:${id}`;
      // It was a noise.
      if (!text) return { ...transcript, sayings: transcript.sayings.filter((each) => each.key !== key) };
      // The agent may answer before its words arrive.
      const answer = transcript.sayings.find(
        (each) => each.kind === "agent" && each.turn === id && each.key.startsWith(`${talk}:`),
      );
      return put(transcript, { kind: "user", key, text, isFinal: final }, answer);
    }
    case "reply": {
      const { id: reply, turn } = message;
      const key = `${talk}:reply:${reply}`;
      return put(transcript, { kind: "agent", key, reply, turn, parts: [], playedMs: 0 });
    }
    case "said":
      return changeReply(transcript, message.reply, ({ parts }) => ({
        parts: [...parts, { atMs: message.at_ms, text: message.text }],
      }));
    case "reply_end":
      return changeReply(transcript, message.reply, () => ({ totalMs: message.ms }));
    case "interrupted":
      return changeReply(transcript, message.reply, () => ({
        playedMs: message.ms,
        heard: message.text,
      }));
    case "tool": {
      const { id, name, domain, arguments: given, status, result } = message;
      const key = `${talk}:tool:${id}`;
      return put(transcript, { kind: "tool", key, id, name, domain, arguments: given, status, result });
    }
    case "confirm": {
      const { id, name, domain, arguments: given, risks = [] } = message;
      const key = `${talk}:ask:${id}`;
      return put(transcript, { kind: "confirm", key, id, name, domain, arguments: given, risks });
    }
    case "confirmed": {
      const question = find(transcript, `${talk}:ask:${message.id}`);
      return question ? put(transcript, { ...question, allow: message.allow } as Saying) : transcript;
    }
    case "restarted":
      return addBreak(transcript, message.conversation_id);
    default:
      return transcript;
  }
};

/** The audio of a reply has been heard up to a position. */
export const addPlayed = (transcript: Transcript, reply: number, ms: number): Transcript => {
  const saying = find(transcript, `${transcript.talk}:reply:${reply}`);
  if (saying?.kind !== "agent" || saying.heard !== undefined || ms <= saying.playedMs) {
    return transcript;
  }
  return put(transcript, { ...saying, playedMs: ms });
};

export const fullText = (saying: AgentSaying): string =>
  saying.parts.map(({ text }) => text).join("");

/** Whether the whole reply was heard, or has no audio. */
export const isHeard = ({ totalMs, playedMs }: AgentSaying): boolean =>
  totalMs !== undefined && playedMs >= totalMs;

/** The words that have been spoken up to the position of the audio; whole words only. */
export const revealed = (saying: AgentSaying): string => {
  const { parts, playedMs, totalMs, heard } = saying;
  if (heard !== undefined) return heard;
  if (isHeard(saying)) return fullText(saying);
  let text = "";
  for (const [index, part] of parts.entries()) {
    const next = parts.slice(index + 1).find(({ atMs }) => atMs > part.atMs)?.atMs ?? totalMs;
    const paced = part.atMs + part.text.length * MS_PER_CHARACTER;
    const end = next ?? paced;
    if (playedMs >= end) {
      text += part.text;
    } else {
      if (playedMs > part.atMs) text += shareOf(part.text, (playedMs - part.atMs) / (end - part.atMs));
      break;
    }
  }
  return text;
};

/** Returns a share of a text, up to the end of the word that is being spoken. */
const shareOf = (text: string, share: number): string => {
  const end = text.slice(Math.ceil(text.length * share)).search(/\s/);
  return end < 0 ? text : text.slice(0, Math.ceil(text.length * share) + end);
};

/** The words that the user did not hear because of an interruption. */
export const unheard = (saying: AgentSaying): string => {
  if (saying.heard === undefined) return "";
  const full = fullText(saying).trimStart();
  return full.startsWith(saying.heard) ? full.slice(saying.heard.length) : "";
};

/** The whole conversation as text to copy. */
export const asText = (transcript: Transcript, user: string, agent: string): string =>
  transcript.sayings
    .flatMap((each) => {
      if (each.kind === "user") return [`${user}: ${each.text}`];
      if (each.kind === "agent") return [`${agent}: ${each.heard ?? fullText(each).trim()}`];
      return [];
    })
    .join("\n");
