export type Verdict = "allow" | "deny" | "indeterminate";

/** Unix seconds, a date, or RFC 3339 text. */
export type Time = number | bigint | Date | string;

/** What is known of the keyset; what is left out is unknown. */
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
  /** Who asks. */
  userId?: string | null;
  /** The time of the request; now, if it is left out. */
  at?: Time;
  policy?: Policy;
}

/** An object of the library's module `json`. */
export type Answer = Record<string, any>;

export interface Explanation extends Answer {
  verdict: Verdict;
  /** What a denied request takes. */
  remedy?: string;
  /** What an indeterminate verdict depends on. */
  decided_by?: Answer[];
}

/** A question that has no answer. The message never repeats a token. */
export class AccessError extends Error {
  /** A stable code: `truncated`, `unknown_operation`, `invalid_name`, ... */
  readonly kind: string;
  /** The byte of the token's or the pattern's text at fault, where there is one. */
  readonly offset?: number;
}

/** A token that decodes. Its memory is given back when it is collected, or by `free`. */
export class Token {
  /** @throws {AccessError} if the text is no token */
  constructor(text: string);
  readonly text: string;
  /** Whether the user may do the operation on what is named. */
  check(operation: string, question?: Question): Verdict;
  /** The verdict with all its reasons. */
  explain(operation: string, question?: Question): Explanation;
  /** The smallest grant that allows it. */
  missingGrant(operation: string, question?: Question): Answer;
  /** Everything in the token, and how its time stands. */
  inspect(options?: { at?: Time; showSignature?: boolean }): Answer;
  /** What is likely to be wrong with it. */
  lint(): Answer[];
  /** All that it could ever allow. */
  reach(options?: { policy?: Policy }): Answer;
  /** A token to share, with made-up names on request. */
  redact(options?: { names?: boolean }): Answer;
  /** The grant request that makes such a token. */
  grant(options?: { ttl?: number }): Answer;
  /** Gives the memory back now. The token may still be asked, more slowly. */
  free(): void;
}

/** Answers a question of the library's module `json`; an error is an answer, too. */
export function answer(question: Answer): Answer;

/** What becomes of a URL, a call of curl, or each request of a HAR file. */
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

/** What the new token gains and loses. */
export function diff(old: string | Token, changed: string | Token): Answer;
/** What is wrong with the body of a grant request. */
export function grant(body: string | object): Answer;
/** What the service's answers rule out: lines of observations, or a HAR file. */
export function learn(observations: unknown, options?: { policy?: Policy }): Answer;
/** For each name whether a pattern matches it, as RE2 has it. */
export function matches(pattern: string, names: readonly string[]): boolean[];
/** The operations, with what each needs. */
export function operations(): Answer[];
