import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useI18n } from '../../i18n/index.tsx';
import { contractQuery, expiresOf, firstTerm, type Term, termsOf } from './expiry.ts';

interface Props {
  /** The chosen term; undefined until somebody chooses. */
  value: Term | undefined;
  onChange: (term: Term) => void;
}

/** Returns the term that counts, given what was chosen. */
export function useTerm(chosen: Term | undefined): { term: Term; maxDays: number } {
  const { data } = useQuery(contractQuery);
  const maxDays = data?.maxKeyDays ?? 0;
  return { term: chosen ?? firstTerm(maxDays), maxDays };
}

/** How long a new key is valid. */
export function ExpiryField({ value, onChange }: Props) {
  const { t, date } = useI18n();
  const { term, maxDays } = useTerm(value);
  const label = (one: Term) => {
    if (one === 'never') return t('keys.termNever');
    if (one === 'most') return t('keys.termMost', { count: maxDays });
    return one === '365' ? t('keys.termYear') : t('keys.termDays', { count: Number(one) });
  };
  const expires = term === 'most' ? expiresOf(`${maxDays}`, Date.now()) : expiresOf(term, Date.now());
  return (
    <NativeSelect
      label={t('keys.term')}
      description={
        term === 'never'
          ? t('keys.termNeverHint')
          : `${t('keys.termUntil', { day: date(expires) })}${maxDays > 0 ? ` ${t('keys.termMaximum', { count: maxDays })}` : ''}`
      }
      value={term}
      onChange={event => onChange(event.currentTarget.value as Term)}
      data={termsOf(maxDays).map(one => ({ value: one, label: label(one) }))}
    />
  );
}
