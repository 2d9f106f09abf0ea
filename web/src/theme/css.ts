import {
  type CSSVariablesResolver,
  convertCssVariables,
  DEFAULT_THEME,
  defaultCssVariablesResolver,
  mergeMantineTheme,
} from '@mantine/core';
import { theme } from './theme.ts';

const ours: CSSVariablesResolver = t => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': t.colors.gray[9],
    '--mantine-color-dimmed': t.colors.gray[6],
    '--mantine-color-placeholder': t.colors.gray[6],
    '--mantine-color-anchor': t.colors.tide?.[7] ?? '',
    '--mantine-color-error': '#c02626',
    '--coffer-canvas': t.colors.gray[0],
    '--coffer-surface': '#ffffff',
    '--coffer-line': t.colors.gray[2],
    '--coffer-hover': t.colors.gray[1],
    '--coffer-selected': t.colors.tide?.[0] ?? '',
    '--coffer-accent-text': t.colors.tide?.[7] ?? '',
    '--coffer-brass': t.colors.brass?.[5] ?? '',
    '--coffer-shadow': '0 1px 2px rgba(16, 32, 40, 0.05), 0 4px 16px rgba(16, 32, 40, 0.04)',
  },
  dark: {
    '--mantine-color-body': t.colors.dark[7],
    '--mantine-color-dimmed': t.colors.dark[2],
    '--mantine-color-placeholder': t.colors.dark[2],
    '--mantine-color-anchor': t.colors.tide?.[3] ?? '',
    '--mantine-color-error': '#ff8f8f',
    '--coffer-canvas': t.colors.dark[8],
    '--coffer-surface': t.colors.dark[7],
    '--coffer-line': t.colors.dark[5],
    '--coffer-hover': t.colors.dark[6],
    '--coffer-selected': '#12353a',
    '--coffer-accent-text': t.colors.tide?.[3] ?? '',
    '--coffer-brass': t.colors.brass?.[3] ?? '',
    '--coffer-shadow': 'none',
  },
});

/** Returns the text of variables.css: every CSS variable of the theme for both colour schemes. */
export function themeCss(): string {
  const merged = mergeMantineTheme(DEFAULT_THEME, theme);
  const base = defaultCssVariablesResolver(merged);
  const extra = ours(merged);
  const css = convertCssVariables(
    {
      variables: { ...base.variables, ...extra.variables },
      light: { ...base.light, ...extra.light },
      dark: { ...base.dark, ...extra.dark },
    },
    ':root',
  );
  const scheme = convertCssVariables(
    { variables: {}, dark: { '--mantine-color-scheme': 'dark' }, light: { '--mantine-color-scheme': 'light' } },
    ':root',
  );
  const text = `${css}${scheme}`
    .replaceAll(/\s*([{};])\s*/g, '$1')
    .replaceAll(';', ';\n')
    .replaceAll('{', '{\n')
    .replaceAll('}', '}\n');
  return `/* Written by npm run generate from theme.ts. */\n${text}`;
}
