/** A message: a text with {placeholders}, or one with a form for each plural category of the placeholder {count}. */
export type Message = string | { one: string; other: string };

/** The names between braces of a text. */
type Names<S extends string> = S extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type TextOf<M> = M extends string ? M : M extends { one: infer A; other: infer B } ? Extract<A | B, string> : never;

type Needs<M> = Names<TextOf<M>> | (M extends string ? never : 'count');

/** The values that a message needs; none for a plain one. */
export type Values<M, V = string | number> = [Needs<M>] extends [never]
  ? []
  : [values: { [K in Needs<M>]: K extends 'count' ? number : V }];

/** Every message of a catalogue again, each as a message of some other language. */
export type Translation<C> = { [K in keyof C]: C[K] extends string ? string : { one: string; other: string } };

/** Picks the form that a number needs in a language. */
export function pick(message: Message, count: unknown, plural: Intl.PluralRules): string {
  if (typeof message === 'string') return message;
  return plural.select(Number(count)) === 'one' ? message.one : message.other;
}

/** Splits a text at its placeholders: texts at even places, names at odd ones. */
export function split(text: string): string[] {
  return text.split(/\{(\w+)\}/);
}
