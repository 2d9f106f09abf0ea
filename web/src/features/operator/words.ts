import { operator as german } from '../../i18n/de/operator.ts';
import { operator as english } from '../../i18n/en/operator.ts';
import { type Translator, useWords } from '../../i18n/index.tsx';

const words = { en: english, de: german };

export type OperatorWords = Translator<typeof english>;

/** The words of the operator's pages, which only they load. */
export const useOperatorWords = (): OperatorWords => useWords<typeof english>(words);
