import { createTheme, type MantineColorsTuple } from '@mantine/core';

const tide: MantineColorsTuple = [
  '#e9f6f6',
  '#d3ecec',
  '#a7d7d9',
  '#76c1c5',
  '#4dacb2',
  '#2d979f',
  '#15838b',
  '#0e7078',
  '#0a5c63',
  '#06474d',
];

const brass: MantineColorsTuple = [
  '#fdf5e4',
  '#f8e8c6',
  '#efd196',
  '#e5b963',
  '#dba63e',
  '#c58f27',
  '#a67619',
  '#835b11',
  '#65460d',
  '#4a330a',
];

const gray: MantineColorsTuple = [
  '#f7f9fa',
  '#eff2f4',
  '#e3e8eb',
  '#d5dce0',
  '#bcc6cc',
  '#8f9ba3',
  '#5d6a73',
  '#46525a',
  '#313b42',
  '#1d252a',
];

const dark: MantineColorsTuple = [
  '#dbe2e6',
  '#b7c1c7',
  '#95a2aa',
  '#6c7981',
  '#3f4b53',
  '#303a41',
  '#222b31',
  '#161d22',
  '#11171b',
  '#0b1013',
];

export const fontFamily =
  'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", Arial, sans-serif';
export const fontFamilyMonospace =
  'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace';

/**
 * The look of the console. Its CSS variables are written to variables.css by `npm run generate`, because the page's policy allows
 * no inline style element. For the same reason dialogs do not lock scrolling themselves (base.css does).
 */
export const theme = createTheme({
  colors: { tide, brass, gray, dark },
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily,
  fontFamilyMonospace,
  headings: {
    fontFamily,
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.75rem', lineHeight: '1.25' },
      h2: { fontSize: '1.25rem', lineHeight: '1.35' },
      h3: { fontSize: '1.0625rem', lineHeight: '1.4' },
    },
  },
  components: {
    // Their head is no head of the page.
    Modal: {
      defaultProps: {
        attributes: { header: { role: 'presentation' } },
        lockScroll: false,
        centered: true,
        padding: 'lg',
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.45 },
      },
    },
    Drawer: {
      defaultProps: {
        padding: 'lg',
        attributes: { header: { role: 'presentation' } },
        lockScroll: false,
        overlayProps: { backgroundOpacity: 0.35 },
      },
    },
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 250, events: { hover: true, focus: true, touch: true } } },
    Alert: { defaultProps: { variant: 'light' } },
    Badge: { defaultProps: { variant: 'light', radius: 'sm', tt: 'none' } },
  },
});
