import type { Speaker } from '../features/policy/sentence.ts';
import { policy as german } from '../i18n/de/policy.ts';
import { policy as english } from '../i18n/en/policy.ts';
import { makeTranslate } from '../i18n/index.tsx';

/** What sentences about policies are made with, outside of a page. */
export function speaker(locale: 'en' | 'de'): Speaker {
  const join = (type: 'conjunction' | 'disjunction') => {
    const format = new Intl.ListFormat(locale, { type });
    return (list: string[]) => format.format(list);
  };
  return {
    t: makeTranslate<typeof english>(locale === 'de' ? german : english, locale),
    and: join('conjunction'),
    or: join('disjunction'),
    dateTime: value => value.slice(0, 10),
    name: ({ value }) => (value.includes('anna') ? 'Anna' : value),
  };
}
