import { NativeSelect, useMantineColorScheme } from '@mantine/core';
import { type Locale, locales, useI18n } from '../i18n/index.tsx';

/** Language and colour scheme; kept in the browser. */
export function Preferences() {
  const { t, locale, setLocale } = useI18n();
  // Switching transitions off meanwhile would need an inline style, which the page's policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  return (
    <>
      <NativeSelect
        label={t('shell.language')}
        value={locale}
        onChange={event => setLocale(event.currentTarget.value as Locale)}
        data={locales.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <NativeSelect
        label={t('shell.scheme')}
        value={colorScheme}
        onChange={event => setColorScheme(event.currentTarget.value as 'auto' | 'light' | 'dark')}
        data={[
          { value: 'auto', label: t('shell.schemeSystem') },
          { value: 'light', label: t('shell.schemeLight') },
          { value: 'dark', label: t('shell.schemeDark') },
        ]}
      />
    </>
  );
}
