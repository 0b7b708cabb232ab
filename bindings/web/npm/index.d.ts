/// <reference lib="esnext.disposable" />

export type Verdict = "allow" | "deny" | "indeterminate";

/** Whole Unix seconds, a date, or RFC 3339 text. */
export type Time = number | bigint | Date | string;

/** What you know about the keyset; a missing setting is unknown. */
export interface Policy {
  precedence?: "unknown" | "union" | "explicit-else-any" | "explicit-else-all";
  group_names?: "unknown" | "plain" | "colon";
  doubt?: "unknown" | "granted" | "refused";
  get_all_user_metadata?: "unknown" | "allowed" | "restricted";
  get_all_channel_metadata?: "unknown" | "allowed" | "restricted";
  clock_tolerance?: number;
  work_limit?: number;
}

export interface Question {
  channels?: readonly string[];
  groups?: readonly string[];
  uuids?: readonly string[];
  users?: readonly string[];
  entities?: readonly string[];
  relationships?: readonly string[];
  memberships?: readonly string[];
  /** The requester. */
  userId?: string | null;
  /** The time of the request; now by default. */
  at?: Time;
  policy?: Policy;
}

/** An object of the library's module `json`. */
export type Answer = Record<string, any>;

export interface Explanation extends Answer {
  verdict: Verdict;
  /** The remedy for a denied request. */
  remedy?: string;
  /** The settings that an indeterminate verdict depends on. */
  decided_by?: Answer[];
}

/** The error of a question. The message never repeats a token. */
export class AccessError extends Error {
  /** A stable code: `truncated`, `unknown_operation`, `invalid_name`, ... */
  readonly kind: string;
  /** The byte at fault in the text of a token or a pattern, if there is one. */
  readonly offset?: number;
}

/** A token that decodes. Garbage collection or `free` frees its memory. */
export class Token {
  /** @throws {AccessError} if the text is not a token */
  constructor(text: string);
  readonly text: string;
  /** Decides whether the user may do the operation on the named resources. */
  check(operation: string, question?: Question): Verdict;
  /** The verdict with all its reasons. */
  explain(operation: string, question?: Question): Explanation;
  /** The smallest grant that allows it. */
  missingGrant(operation: string, question?: Question): Answer;
  /** Everything in the token, with its condition on time. */
  inspect(options?: { at?: Time; showSignature?: boolean }): Answer;
  /** Probable mistakes in it. */
  lint(): Answer[];
  /** Everything that it could ever allow. */
  reach(options?: { policy?: Policy }): Answer;
  /** A token to share, with made-up names on request. */
  redact(options?: { names?: boolean }): Answer;
  /** The grant request that makes such a token. */
  grant(options?: { ttl?: number }): Answer;
  /** Frees the memory now. The token can still answer questions, but more slowly. */
  free(): void;
  /** `free`, for `using token = new Token(text)`. */
  [Symbol.dispose](): void;
}

/** Answers a question of the library's module `json`. An error is also an answer. */
export function answer(question: Answer): Answer;

/** The outcome of a URL, a call of curl, or each request of a HAR file. */
export function request(
  pasted: string | object,
  options?: {
    method?: string;
    body?: string | object;
    token?: string | Token;
    tokenAtHand?: string | Token;
    at?: Time;
    policy?: Policy;
    enforce?: string;
  },
): Answer;

/** The gains and losses of the new token. */
export function diff(old: string | Token, changed: string | Token): Answer;
/** The problems of a grant request's body. */
export function grant(body: string | object): Answer;
/** Learns from the service's answers, in lines of observations or a HAR file. */
export function learn(observations: unknown, options?: { policy?: Policy }): Answer;
/** Reports for each name whether a pattern matches it, under RE2's rules. */
export function matches(pattern: string, names: readonly string[]): boolean[];
/** The operations, with their requirements. */
export function operations(): Answer[];
