import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from 'react';
import type { en } from './en/index.ts';
import { type Formats, makeFormats } from './formats.ts';
import { type Message, pick, split, type Translation, type Values } from './message.ts';

export type Catalogue = typeof en;
export type Key = keyof Catalogue;
export type Locale = 'en' | 'de';

export const locales: { id: Locale; name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'de', name: 'Deutsch' },
];

/** Translates a message of a catalogue and fills in its values. */
export interface Translator<C> {
  <K extends keyof C>(key: K, ...values: Values<C[K]>): string;
  /** The same with elements as values. */
  rich<K extends keyof C>(key: K, ...values: Values<C[K], ReactNode>): ReactNode;
}
export type Translate = Translator<Catalogue>;

export interface I18n extends Formats {
  locale: Locale;
  setLocale: (locale: Locale) => void;
  t: Translate;
}

const Context = createContext<I18n | null>(null);
const storageKey = 'coffer-language';

/** Returns the language chosen before, else the first of the browser's that we have, else English. */
export function preferredLocale(): Locale {
  try {
    const kept = localStorage.getItem(storageKey);
    if (kept === 'en' || kept === 'de') return kept;
  } catch {
    // A browser that keeps nothing still has its languages.
  }
  for (const language of navigator.languages) {
    const id = language.slice(0, 2).toLowerCase();
    if (id === 'en' || id === 'de') return id;
  }
  return 'en';
}

/** Returns the browser's own variety of a language, such as en-GB, for dates and numbers. */
function varietyOf(locale: Locale): string {
  return navigator.languages.find(language => language.slice(0, 2).toLowerCase() === locale) ?? locale;
}

/**
 * Loads the messages of signing in and of the first page. Those of the other pages become part of the same catalogue when the first of
 * these pages is loaded: see withWords.
 */
export async function loadCatalogue(locale: Locale): Promise<Translation<Catalogue>> {
  const { first } = locale === 'de' ? await import('./de/first.ts') : await import('./en/first.ts');
  return first as unknown as Translation<Catalogue>;
}

async function loadLater(locale: Locale): Promise<Translation<Catalogue>> {
  const [catalogue, { later }] = await Promise.all([
    loadCatalogue(locale),
    locale === 'de' ? import('./de/later.ts') : import('./en/later.ts'),
  ]);
  return Object.assign(catalogue, later);
}

/** Loads something together with all messages; for whatever is loaded lazily and says more than the first page does. */
export function withWords<M>(load: () => Promise<M>): () => Promise<M> {
  return async () => {
    const [module] = await Promise.all([load(), loadLater(preferredLocale())]);
    return module;
  };
}

/** Returns the translating function of a catalogue. */
export function makeTranslate<C = Catalogue>(catalogue: Translation<NoInfer<C>>, locale: Locale): Translator<C> {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(varietyOf(locale));
  const show = (value: unknown) => (typeof value === 'number' ? number.format(value) : value);
  const parts = (key: keyof C, values: Record<string, unknown> = {}) =>
    split(pick(catalogue[key] as Message, values.count, plural)).map((part, index) =>
      index % 2 === 0 ? part : show(values[part]),
    );
  const translate = ((key: keyof C, values?: Record<string, unknown>) =>
    parts(key, values).join('')) as unknown as Translator<C>;
  translate.rich = ((key: keyof C, values?: Record<string, unknown>) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one message never change places
    parts(key, values).map((part, index) => <span key={index}>{part as ReactNode}</span>)) as Translator<C>['rich'];
  return translate;
}

interface ProviderProps {
  initial: Locale;
  catalogue: Translation<Catalogue>;
  children: ReactNode;
}

export function I18nProvider({ initial, catalogue, children }: ProviderProps) {
  const [state, setState] = useState({ locale: initial, catalogue });

  const setLocale = useCallback(async (locale: Locale) => {
    const loaded = await loadLater(locale);
    try {
      localStorage.setItem(storageKey, locale);
    } catch {
      // The choice then lasts as long as the page.
    }
    setState({ locale, catalogue: loaded });
  }, []);

  useEffect(() => {
    document.documentElement.lang = state.locale;
  }, [state.locale]);

  const value = useMemo<I18n>(
    () => ({
      locale: state.locale,
      setLocale,
      t: makeTranslate(state.catalogue, state.locale),
      ...makeFormats(varietyOf(state.locale)),
    }),
    [state, setLocale],
  );
  return <Context value={value}>{children}</Context>;
}

export function useI18n(): I18n {
  const value = use(Context);
  if (!value) throw new Error('useI18n needs an I18nProvider around it');
  return value;
}

/** Returns the translating function alone. */
export function useT(): Translate {
  return useI18n().t;
}

/** Returns the translating function of words that a page brings along, so that only those who open it load them. */
export function useWords<C>(all: Record<Locale, Translation<NoInfer<C>>>): Translator<C> {
  const { locale } = useI18n();
  return useMemo(() => makeTranslate<C>(all[locale], locale), [all, locale]);
}
